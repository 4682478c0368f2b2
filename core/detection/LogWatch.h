#pragma once
// What a service's log lines tell: templates never seen before, sudden rates, bursts of errors. See README.md here.
#include "core/base/Clock.h"
#include "core/detection/RequestCounter.h"
#include "core/detection/TemplateMiner.h"
#include "core/model/Events.h"
#include "core/model/Log.h"

#include <deque>
#include <map>
#include <memory>
#include <vector>

namespace prunella {

/// Pure. One template miner a source, bounded in memory as TemplateMiner is; at most `maxSources` sources are mined.
/// Patterns alone are hints: a new template or a sudden rate joins an open incident, an error burst opens one that is watched.
class LogWatch
{
public:
    static constexpr std::size_t maxSources = 64;
    static constexpr int warmLines = 1000;             ///< before "never seen" means anything
    static constexpr qint64 warmMs = 600'000;
    static constexpr qint64 minuteMs = 60'000;
    static constexpr int burstErrors = 10;             ///< error-level lines a minute, at least
    static constexpr double burstFactor = 5;           ///< and over the usual so much
    static constexpr int surgeLines = 30;              ///< lines of one template a minute, at least
    static constexpr int surgeAfterMinutes = 10;       ///< minutes of history before a rate is sudden

    [[nodiscard]] std::vector<ErrorEvent> feed(const LogLine &line);
    /// Closes minutes in which nothing was written; bursts that are over are told as cleared.
    [[nodiscard]] std::vector<ErrorEvent> tick(const Now &now);
    [[nodiscard]] std::vector<ErrorEvent> clear(const Now &now);
    [[nodiscard]] bool holds(const Condition &condition) const;
    /// An incident of an earlier engine is still open on this burst of errors.
    void adopt(const Condition &open, const Now &now);
    /// Texts of the templates that were new, sudden or errors within the last five minutes, newest last, at most eight.
    [[nodiscard]] QStringList notable(const QString &component, qint64 wallMs) const;

    /// Templates of every source, for the next engine; restore() takes what is valid of it.
    [[nodiscard]] QMap<QString, QByteArray> save() const;
    void restore(const QMap<QString, QByteArray> &saved);

private:
    struct Rate { int now = 0; double usual = 0; bool told = false; };   ///< lines in this minute; mean of a minute
    struct Notable { qint64 wallMs; QString text; };
    struct Source {
        explicit Source(LineFormat format) : miner(format) {}
        TemplateMiner miner;
        std::map<TemplateId, Rate> rates;
        Rate errors;
        bool burst = false;                  ///< an error burst is told and not over
        qint64 firstMs = -1, minuteStart = -1, lastBurstMs = 0;
        int minutes = 0;
        bool warm = false;                   ///< restored: what is new is new
    };
    struct Component { std::deque<Notable> notable; };

    [[nodiscard]] Source *sourceOf(const LogLine &line);
    void closeMinutes(Source &source, qint64 monotonicMs);
    void note(const QString &component, qint64 wallMs, const QString &text);
    void judgeTemplate(Source &source, TemplateId id, const LogLine &line, std::vector<ErrorEvent> &events);
    void judgeErrors(Source &source, const LogLine &line, std::vector<ErrorEvent> &events);
    [[nodiscard]] static ErrorEvent over(const QString &key, const Now &now);
    [[nodiscard]] static ErrorEvent event(const LogLine &line, const QString &metric, const QString &reason);

    std::map<QString, std::unique_ptr<Source>> m_sources;  ///< "component source"
    std::map<QString, Component> m_components;
    std::map<QString, qint64> m_adopted;                   ///< of sources that have not spoken yet; since, monotonic ms
    QMap<QString, QByteArray> m_saved;                     ///< of sources that have not spoken yet
};

} // namespace prunella
