#pragma once
// Health checks in a row: when a service counts as unhealthy, and what its answers measure.
#include "core/detection/ErrorRateWindow.h"
#include "core/model/Config.h"
#include "core/model/Events.h"

#include <QHash>
#include <QSet>
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
    /// The services that a postgresql or redis monitor names: a failing connection to them is a database's.
    void setDatabases(const QSet<QString> &services) { m_databases = services; }
    /// An incident of an earlier engine is still open on this condition.
    void adopt(const Condition &open);

    [[nodiscard]] CheckOutcome feed(const CheckResult &result);
    /// Requests and errors from a service's log join the same error_percent{service}; see ErrorRateWindow. Gives that, and
    /// requests_per_second, client_error_percent (4xx without 429) and throttled_percent (429), each {service}, as far
    /// as they are known. A call with nothing counted lets the rate fall to zero: make one at each interval.
    [[nodiscard]] std::vector<Sample> count(const QString &service, const RequestCount &counts, qint64 wallMs, qint64 monotonicMs);
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
    struct Service {
        ServiceConfig config;
        std::vector<Check> checks;
        ErrorRateWindow answers;
    };
    [[nodiscard]] ErrorEvent event(const Service &service, int index, const CheckResult &result) const;

    QHash<QString, Service> m_services;
    QSet<QString> m_databases;
};

} // namespace prunella
