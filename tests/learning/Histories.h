#pragma once
// Histories of incidents as a seed makes them.
#include "core/model/Pattern.h"

#include <QTimeZone>
#include <QDateTime>

#include <random>

namespace prunella::test {

inline constexpr qint64 minute = 60'000, hour = 60 * minute, day = 24 * hour;
inline constexpr qint64 begin = 1'772'000'000'000; ///< 2026-02-25

class Histories
{
public:
    explicit Histories(unsigned seed) : m_random(seed) {}

    IncidentFact &add(const QString &component, qint64 at, ErrorType type = ErrorType::ServiceCrash)
    {
        facts.append({QString::number(facts.size()), component, type, at, true, ActionType::RestartService, {}});
        return facts.last();
    }
    /// `count` of them anywhere in the span
    void scatter(const QString &component, int count, qint64 span, ErrorType type = ErrorType::ServiceCrash)
    {
        for (int i = 0; i < count; ++i)
            add(component, begin + whole(0, span - 1), type);
    }
    /// Like a job that is started at a time of day by the local clock, each `every` days, late by up to `jitter` minutes
    void job(const QString &component, QDate first, int days, int every, QTime time, int jitter, const QTimeZone &zone)
    {
        for (int i = 0; i < days; i += every)
            add(component, QDateTime(first.addDays(i), time, zone).toMSecsSinceEpoch() + whole(-jitter, jitter) * minute);
    }
    [[nodiscard]] qint64 whole(qint64 from, qint64 to) { return std::uniform_int_distribution<qint64>(from, to)(m_random); }
    [[nodiscard]] std::mt19937 &random() { return m_random; }

    QList<IncidentFact> facts;

private:
    std::mt19937 m_random;
};

inline QList<IncidentPattern> only(const QList<IncidentPattern> &all, PatternKind kind)
{
    QList<IncidentPattern> some;
    for (const IncidentPattern &pattern : all) {
        if (pattern.kind == kind)
            some.append(pattern);
    }
    return some;
}

} // namespace prunella::test
