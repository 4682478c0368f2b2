#pragma once
// The incidents of the past, in order and grouped, as every search for patterns wants them.
#include "core/model/Pattern.h"

#include <vector>

namespace prunella::learning {

/// What makes incidents alike: the same component and error type.
struct Kind {
    QString component;
    ErrorType type = ErrorType::Unknown;
    std::vector<int> facts;    ///< indices into History::facts, ascending
};

/// Facts in time order (ties by component, type, id), at most the newest `maxFacts`; none of the future.
struct History {
    std::vector<IncidentFact> facts;
    std::vector<Kind> kinds;   ///< ordered by component, then type
    std::vector<int> kindOf;   ///< of each fact
    qint64 from = 0, now = 0;  ///< wall ms

    static constexpr int maxFacts = 5000;
    [[nodiscard]] static History of(const QList<IncidentFact> &incidents, qint64 nowWallMs);
    [[nodiscard]] qint64 at(int fact) const { return facts[std::size_t(fact)].at; }
};

/// The first fact of each run whose neighbours are at most `gapMs` apart: what goes on without a pause counts once.
[[nodiscard]] std::vector<int> episodes(const History &history, const std::vector<int> &facts, qint64 gapMs);

/// A pattern of this kind, its counts taken from the facts that bear it out and the number of opportunities.
[[nodiscard]] IncidentPattern patternOf(PatternKind kind, const History &history, const Kind &about,
                                        const std::vector<int> &bearing, int outOf);

/// Median, and median distance from it.
struct Spread { qint64 median = 0, spread = 0; };
[[nodiscard]] Spread spreadOf(std::vector<qint64> values);

} // namespace prunella::learning
