#pragma once
// Health checks in a row: when a service counts as unhealthy, and what its answers measure.
#include "core/model/Config.h"
#include "core/model/Events.h"

#include <QHash>
#include <deque>
#include <vector>

namespace prunella {

struct CheckOutcome {
    std::vector<ErrorEvent> events;
    std::vector<Sample> samples;  ///< response_time{service,check} of an answer, error_percent{service}
};

/// Pure. A check fails after `failures` bad answers in a row (its configuration); one good answer clears it.
class CheckTracker
{
public:
    explicit CheckTracker(const QList<ServiceConfig> &services) { setServices(services); }
    /// At reload: checks whose configuration is unchanged keep their count; open conditions of removed ones are cleared.
    std::vector<ErrorEvent> setServices(const QList<ServiceConfig> &services, qint64 wallMs = 0, qint64 monotonicMs = 0);
    /// An incident of an earlier engine is still open on this condition.
    void adopt(const Condition &open);

    [[nodiscard]] CheckOutcome feed(const CheckResult &result);
    [[nodiscard]] bool holds(const Condition &condition) const;
    /// Last answers of a service, in the order of its checks; a check that was never made is missing.
    [[nodiscard]] QList<CheckResult> lastResults(const QString &service) const;
    /// Unknown while a check is still unanswered; warning: bad answers, but not yet enough in a row
    [[nodiscard]] Health statusOf(const QString &service) const;

private:
    struct Check {
        HealthCheckConfig config;
        int inARow = 0;
        bool failing = false;
        qint64 firstBadWall = 0;
        std::optional<CheckResult> last;
    };
    struct Answer { qint64 monotonicMs; bool ok; };
    struct Service {
        ServiceConfig config;
        std::vector<Check> checks;
        std::deque<Answer> answers;   ///< the last 5 min, at least 20 answers, at most 4096
        int bad = 0;                  ///< how many of them are bad
    };
    [[nodiscard]] ErrorEvent event(const Service &service, int index, const CheckResult &result) const;
    static void count(Service &service, const CheckResult &result);

    QHash<QString, Service> m_services;
};

} // namespace prunella
