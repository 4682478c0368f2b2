#pragma once
// Which anomalies belong together, and which are worth an incident. See README.md here.
#include "core/base/Clock.h"
#include "core/model/Events.h"

#include <vector>

namespace prunella {

/// One unusual value of one series.
struct Anomaly {
    SeriesKey key;
    QString component;
    QString reason;          ///< one sentence with the values
    bool repeat = false;     ///< of the series' own recent anomaly (the detector mutes it): it goes on
    qint64 wallMs = 0, monotonicMs = 0;
};

/// Pure. Series of one component, or of a component and its host, that deviate within a minute are one event. A single one
/// only joins an incident that is open; three together, or one that goes on for five minutes, open one.
class AnomalyGroups
{
public:
    static constexpr qint64 togetherMs = 60'000;
    static constexpr qint64 lastingMs = 300'000;
    static constexpr qint64 quietMs = 900'000;   ///< without an anomaly of a member for that long it is over
    static constexpr int enough = 3;             ///< series together

    /// Nothing when it tells nothing new.
    [[nodiscard]] std::vector<ErrorEvent> add(const Anomaly &anomaly);
    /// What has been quiet long enough is over.
    [[nodiscard]] std::vector<ErrorEvent> tick(const Now &now);
    /// All are over, for example because the detector was switched off.
    [[nodiscard]] std::vector<ErrorEvent> clear(const Now &now);
    [[nodiscard]] bool holds(const Condition &condition) const;
    /// An incident of an earlier engine is still open on this condition.
    void adopt(const Condition &open, const Now &now);

private:
    struct Member { SeriesKey key; QString reason; };
    struct Group {
        QString component;
        std::vector<Member> members;   ///< the first one leads: the condition names it
        qint64 firstWall = 0, firstMonotonic = 0, lastMonotonic = 0;
        bool opened = false;
    };
    [[nodiscard]] Group *groupOf(const Anomaly &anomaly);
    [[nodiscard]] static ErrorEvent event(const Group &group, qint64 wallMs, qint64 monotonicMs);

    std::vector<Group> m_groups;
};

} // namespace prunella
