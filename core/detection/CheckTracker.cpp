#include "core/detection/CheckTracker.h"

#include "core/detection/Classification.h"
#include "core/model/Sentences.h"

#include <utility>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

bool equal(const HealthCheckConfig &a, const HealthCheckConfig &b)
{
    return a.type == b.type && a.url == b.url && a.address == b.address && a.command == b.command
        && a.expectStatus == b.expectStatus && a.expectBody == b.expectBody && a.failures == b.failures;
}

QString checkName(const CheckResult &result)
{
    switch (result.type) {
    case CheckType::Http: return u"HTTP"_s;
    case CheckType::Tcp: return u"TCP"_s;
    case CheckType::Nagios: return u"Nagios"_s;
    }
    return {};
}

Severity severityOf(const ServiceConfig &service)
{
    switch (service.criticality) {
    case Severity::Critical: return Severity::Critical;
    case Severity::Low: return Severity::Medium;
    default: return Severity::High;
    }
}

/// Samples of one service at one time.
struct SampleMaker {
    const QString &service;
    qint64 wallMs, monotonicMs;
    std::vector<Sample> &samples;
    void append(const QString &metric, Labels labels, const std::optional<double> &value, const QString &unit) const
    {
        labels.insert(u"service"_s, service);
        if (value)
            samples.push_back({{metric, std::move(labels)}, *value, unit, service, wallMs, monotonicMs});
    }
};

} // namespace

std::vector<ErrorEvent> CheckTracker::setServices(const QList<ServiceConfig> &services, qint64 wallMs, qint64 monotonicMs)
{
    QHash<QString, Service> before = std::exchange(m_services, {});
    for (const ServiceConfig &config : services) {
        Service old = before.value(config.name);
        Service service;
        service.config = config;
        service.answers = std::move(old.answers);
        for (qsizetype i = 0; i < config.health.size(); ++i) {
            const bool same = std::size_t(i) < old.checks.size() && equal(old.checks[std::size_t(i)].config, config.health[i]);
            service.checks.push_back(same ? old.checks[std::size_t(i)] : Check());
            service.checks.back().config = config.health[i];
            if (same)
                before[config.name].checks[std::size_t(i)].failing = false; // goes on living
        }
        m_services.insert(config.name, std::move(service));
    }
    std::vector<ErrorEvent> events;
    for (const Service &gone : std::as_const(before)) {
        for (std::size_t i = 0; i < gone.checks.size(); ++i) {
            if (!gone.checks[i].failing)
                continue;
            CheckResult result;
            result.service = gone.config.name;
            result.index = int(i);
            result.type = gone.checks[i].config.type;
            result.ok = true;
            result.text = u"this check is not configured any more"_s;
            result.wallMs = wallMs;
            result.monotonicMs = monotonicMs;
            events.push_back(event(gone, int(i), result));
        }
    }
    return events;
}

void CheckTracker::adopt(const Condition &open)
{
    const auto service = m_services.find(open.component);
    if (service != m_services.end() && open.check >= 0 && std::size_t(open.check) < service->checks.size())
        service->checks[std::size_t(open.check)].failing = true;
}

std::vector<Sample> CheckTracker::count(const QString &name, const RequestCount &counts, qint64 wallMs, qint64 monotonicMs)
{
    std::vector<Sample> samples;
    const auto service = m_services.find(name);
    if (service == m_services.end())
        return samples;
    ErrorRateWindow &answers = service->answers;
    answers.add(monotonicMs, counts);
    const SampleMaker make{name, wallMs, monotonicMs, samples};
    make.append(u"error_percent"_s, {}, answers.errorPercent(), u"%"_s);
    make.append(u"requests_per_second"_s, {}, answers.requestsPerSecond(monotonicMs), u"1/s"_s);
    make.append(u"client_error_percent"_s, {}, answers.clientErrorPercent(), u"%"_s);
    make.append(u"throttled_percent"_s, {}, answers.throttledPercent(), u"%"_s);
    return samples;
}

CheckOutcome CheckTracker::feed(const CheckResult &result)
{
    CheckOutcome outcome;
    const auto service = m_services.find(result.service);
    if (service == m_services.end() || result.index < 0 || std::size_t(result.index) >= service->checks.size())
        return outcome; // an answer that comes after its check was removed
    Check &check = service->checks[std::size_t(result.index)];
    check.last = result;
    service->answers.addAnswer(result.monotonicMs, result.ok);
    const SampleMaker make{result.service, result.wallMs, result.monotonicMs, outcome.samples};
    if (answered(result))
        make.append(u"response_time"_s, {{u"check"_s, QString::number(result.index)}}, result.latencyMs, u"ms"_s);
    if (result.tlsDaysLeft >= 0)
        make.append(u"tls_days_left"_s, {{u"check"_s, QString::number(result.index)}}, result.tlsDaysLeft, u"d"_s);
    make.append(u"error_percent"_s, {}, service->answers.errorPercent(), u"%"_s);
    if (!result.ok && check.inARow == 0)
        check.firstBadWall = result.wallMs;
    check.inARow = result.ok ? 0 : check.inARow + 1;
    const bool failing = !result.ok && (check.failing || check.inARow >= std::max(check.config.failures, 1));
    if (failing != check.failing) {
        check.failing = failing;
        outcome.events.push_back(event(*service, result.index, result));
    }
    return outcome;
}

ErrorEvent CheckTracker::event(const Service &service, int index, const CheckResult &result) const
{
    const Check &check = service.checks[std::size_t(index)];
    ErrorEvent event;
    event.condition.kind = ConditionKind::CheckFailing;
    event.condition.component = service.config.name;
    event.condition.check = index;
    event.type = classifyCheck(result, service.config, m_databases.contains(service.config.name));
    event.severity = severityOf(service.config);
    event.cleared = result.ok;
    event.wallMs = result.wallMs;
    event.monotonicMs = result.monotonicMs;
    event.startedWallMs = result.ok ? result.wallMs : check.firstBadWall;
    const QString who = checkName(result) + u" check of "_s + service.config.name;
    event.reason = result.ok
        ? QString(who + u" passes"_s + (result.text.isEmpty() ? QString() : QString(u": "_s + result.text)))
        : QString(who + u" failed "_s + timesText(check.inARow) + (check.inARow > 1 ? u" in a row: "_s : u": "_s) + result.text);
    return event;
}

bool CheckTracker::holds(const Condition &condition) const
{
    const auto service = m_services.constFind(condition.component);
    return service != m_services.cend() && condition.check >= 0 && std::size_t(condition.check) < service->checks.size()
        && service->checks[std::size_t(condition.check)].failing;
}

QList<CheckResult> CheckTracker::lastResults(const QString &service) const
{
    QList<CheckResult> results;
    const auto found = m_services.constFind(service);
    if (found == m_services.cend())
        return results;
    for (const Check &check : found->checks) {
        if (check.last)
            results << *check.last;
    }
    return results;
}

Health CheckTracker::statusOf(const QString &service) const
{
    const auto found = m_services.constFind(service);
    if (found == m_services.cend() || found->checks.empty())
        return Health::Unknown;
    Health worst = Health::Healthy;
    bool unanswered = false;
    for (const Check &check : found->checks) {
        unanswered |= !check.last;
        if (check.failing)
            return Health::Critical;
        if (check.inARow > 0)
            worst = Health::Warning;
    }
    return unanswered && worst == Health::Healthy ? Health::Unknown : worst;
}

} // namespace prunella
