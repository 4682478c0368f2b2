// health_check as a row of the table: all checks of a service and of what it needs, now, with a verdict.
#include "core/base/Failpoint.h"
#include "core/recovery/ActionKind.h"

#include <QElapsedTimer>
#include <QSet>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 answerMs = 1000; // over a check's own timeout until its answer is here

bool supports(const ServiceConfig &service) { return !service.health.isEmpty(); }

/// Asking twice does no harm.
Preflight look(const LookInput &)
{
    Preflight look;
    look.idempotent = true;
    return look;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    return u"run all %1 health checks of %2, and those of all it depends on, now"_s.arg(service.health.size()).arg(request.target);
}

/// What the service needs, near ones first: `related` without the members of its restart group that it does not need.
QList<ServiceConfig> neededBy(const ServiceConfig &service, const QList<ServiceConfig> &related)
{
    QSet<QString> declared;
    QStringList open = service.dependsOn;
    while (!open.isEmpty()) {
        const QString name = open.takeFirst();
        const ServiceConfig *other = declared.contains(name) ? nullptr : named(related, name);
        declared.insert(name);
        if (other)
            open.append(other->dependsOn);
    }
    QList<ServiceConfig> needed;
    for (const ServiceConfig &one : related)
        if (declared.contains(one.name) || !service.restart.group.contains(one.name))
            needed.append(one);
    return needed;
}

/// The answers of one service.
struct Answers {
    QString service;
    int expected = 0;
    QList<CheckResult> results; ///< empty: nobody answered
    [[nodiscard]] int failing() const
    {
        return int(std::count_if(results.cbegin(), results.cend(), [](const CheckResult &one) { return !one.ok; }));
    }
    [[nodiscard]] QString summary() const
    {
        if (results.isEmpty())
            return u"%1: the checks did not answer"_s.arg(service);
        if (failing() > 0)
            return u"%1: %2 of %3 checks fail"_s.arg(service).arg(failing()).arg(results.size());
        return u"%1: all %2 pass"_s.arg(service).arg(results.size());
    }
};

QStringList namesWhere(const QList<Answers> &all, bool failing)
{
    QStringList names;
    for (const Answers &one : all)
        if ((one.failing() > 0) == failing)
            names.append(one.service);
    return names;
}

/// In one sentence where the trouble is; `all` begins with the target.
QString verdictOf(const QList<Answers> &all)
{
    const QString target = all.first().service;
    const QStringList broken = namesWhere(all.mid(1), true), well = namesWhere(all.mid(1), false);
    const bool itselfFails = all.first().failing() > 0;
    if (!broken.isEmpty())
        return broken.join(u", "_s) + (broken.size() > 1 ? u" fail, which "_s : u" fails, which "_s) + target
            + (itselfFails ? u" needs"_s : u" needs; it is well itself"_s);
    if (!itselfFails)
        return all.size() == 1 ? target + u" is well"_s : target + u" is well, and so is all it needs"_s;
    if (well.isEmpty())
        return target + u" itself fails"_s;
    return well.join(u", "_s) + (well.size() > 1 ? u" are well, "_s : u" is well, "_s) + target + u" itself fails"_s;
}

QString textOf(const QList<Answers> &all, bool complete)
{
    QStringList first, lines;
    for (const Answers &one : all) {
        first.append(one.summary());
        for (const CheckResult &result : one.results)
            lines.append(u"%1, check %2: %3%4 (%5 ms)"_s.arg(one.service).arg(result.index + 1).arg(result.ok ? QString() : u"fails: "_s, result.text)
                             .arg(result.latencyMs, 0, 'f', 1));
    }
    first.append(complete ? u"verdict: "_s + verdictOf(all) : u"no verdict: not all checks answered in time"_s);
    return (QStringList{first.join(u"; "_s)} + lines).join(u'\n');
}

class CheckAll final : public RecoveryAction
{
public:
    CheckAll(QList<ServiceConfig> services, const ActionTools &tools) : m_services(std::move(services)), m_checkNow(tools.checkNow) {}
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    const QList<ServiceConfig> m_services; ///< the target first
    const std::function<QList<CheckResult>(const QString &, int, CancelToken &)> m_checkNow;
};

/// Completed when everything answered, whatever the answer: a look that found something broken has done its work.
ActionResult CheckAll::run(const ActionRequest &request, CancelToken &token)
{
    QElapsedTimer timer;
    timer.start();
    QList<Answers> all;
    bool complete = true;
    for (const ServiceConfig &service : m_services) {
        qint64 longest = 0;
        for (const HealthCheckConfig &check : service.health)
            longest = std::max(longest, check.timeoutMs);
        const qint64 left = std::min(longest + answerMs, request.timeoutMs - timer.elapsed());
        Answers answers{service.name, int(service.health.size()), {}};
        if (left > 0)
            answers.results = m_checkNow(service.name, int(left), token);
        failpoint("checks_answered");
        if (token.isCancelled())
            return cancelled(request, u"cancelled while the checks of %1 were asked"_s.arg(service.name));
        complete = complete && answers.results.size() >= answers.expected;
        all.append(std::move(answers));
    }
    const QString text = textOf(all, complete);
    return complete ? completed(request, text) : failed(request, FailureKind::Timeout, text);
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &, const ServiceConfig &service, const ActionTools &tools)
{
    QList<ServiceConfig> services{service};
    for (const ServiceConfig &one : neededBy(service, tools.related))
        if (!one.health.isEmpty())
            services.append(one);
    return std::make_shared<CheckAll>(std::move(services), tools);
}

} // namespace

ActionKind healthCheckKind() { return {supports, look, describe, nullptr, make}; }

} // namespace prunella
