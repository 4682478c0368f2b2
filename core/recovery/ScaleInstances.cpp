#include "core/recovery/ScaleInstances.h"

#include "core/base/Failpoint.h"
#include "core/recovery/RestartVerdict.h"
#include "core/recovery/UnitCalls.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 listMs = 5000;

QString instanceUnit(const QString &templateUnit, int number)
{
    const qsizetype at = templateUnit.indexOf("@."_L1);
    return templateUnit.first(at + 1) + QString::number(number) + templateUnit.sliced(at + 1);
}

bool runs(const QString &activeState)
{
    return activeState == u"active" || activeState == u"activating" || activeState == u"reloading" || activeState == u"refreshing";
}

QStringList namesOf(const QList<Instance> &instances)
{
    QStringList names;
    for (const Instance &instance : instances)
        names.append(instance.unit);
    return names;
}

/// Starts one and looks whether it stays.
ActionResult startOne(UnitCalls &calls, const ActionRequest &request, const QString &unit, const CancelToken &token)
{
    ActionRequest one = request;
    one.unit = unit;
    one.invocationBefore.clear();
    const Result<QString> job = calls.job("StartUnit", unit);
    const Result<UnitRow> row = job ? calls.unit(unit) : tl::unexpected(job.error());
    if (!row)
        return endedBy(row.error(), one, token);
    while (true) {
        const Result<UnitFacts> facts = calls.facts(unit, *row);
        if (!facts)
            return endedBy(facts.error(), one, token);
        if (!stillStarting(*facts))
            return judgeRestart(one, *job, *facts);
        if (token.wait(std::chrono::milliseconds(50)))
            return cancelled(one, u"stopped waiting for the start of "_s + unit);
    }
}

} // namespace

int instanceNumber(const QString &templateUnit, const QString &unit)
{
    const qsizetype at = templateUnit.indexOf("@."_L1) + 1;
    if (at <= 0 || !unit.startsWith(templateUnit.first(at)) || !unit.endsWith(templateUnit.sliced(at)))
        return 0;
    const QString name = unit.sliced(at).chopped(templateUnit.size() - at);
    bool ok = false;
    const int number = name.toInt(&ok);
    return ok && number > 0 && QString::number(number) == name ? number : 0;
}

Result<QList<Instance>> runningInstances(UnitCalls &calls, const QString &templateUnit)
{
    const Result<QList<UnitCalls::Found>> found = calls.like(QString(templateUnit).replace("@."_L1, "@*."_L1));
    if (!found)
        return tl::unexpected(found.error());
    QList<Instance> instances;
    for (const UnitCalls::Found &unit : *found) {
        const int number = instanceNumber(templateUnit, unit.name);
        if (number == 0 || !runs(unit.activeState))
            continue;
        const Result<UnitRow> row = calls.unit(unit.name);
        const Result<QString> group = row ? calls.text(unit.name, *row, "ControlGroup") : tl::unexpected(row.error());
        instances.append({unit.name, number, group.value_or(QString())});
    }
    std::sort(instances.begin(), instances.end(), [](const Instance &a, const Instance &b) { return a.number < b.number; });
    return instances;
}

Result<QList<Instance>> runningInstances(const QString &templateUnit, bool userManager)
{
    const CancelToken token;
    const auto calls = UnitCalls::open(userManager, token, listMs);
    return calls ? runningInstances(**calls, templateUnit) : tl::unexpected(calls.error());
}

QString toJson(const ScalePlan &plan)
{
    const QJsonObject object{{u"start"_s, QJsonArray::fromStringList(plan.start)}, {u"stop"_s, QJsonArray::fromStringList(plan.stop)}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::optional<ScalePlan> scalePlanFromJson(const QString &text)
{
    const QJsonObject object = QJsonDocument::fromJson(text.toUtf8()).object();
    const auto texts = [&](const QString &key) { return object.value(key).toVariant().toStringList(); };
    const ScalePlan plan{texts(u"start"_s), texts(u"stop"_s)};
    return plan.start.isEmpty() && plan.stop.isEmpty() ? std::nullopt : std::optional(plan);
}

tl::expected<ScalePlan, RecoveryDecision> planScale(const InstancesConfig &config, const QList<int> &running, int by)
{
    const int count = int(running.size()), wanted = std::clamp(count + by, config.min, config.max);
    const auto refuse = [](Reason reason, const QString &text) {
        return tl::unexpected(RecoveryDecision{Decision::Refuse, reason, text, 0});
    };
    if (by > 0 && wanted <= count)
        return refuse(Reason::AtMaximum, u"%1 instances of %2 run, and %3 is the configured most"_s.arg(count).arg(config.templateUnit).arg(config.max));
    if (by <= 0 && wanted >= count)
        return refuse(Reason::NoAction, u"%1 instances of %2 run, and %3 is the configured least"_s.arg(count).arg(config.templateUnit).arg(config.min));
    ScalePlan plan;
    for (int number = 1; plan.start.size() < wanted - count; ++number)
        if (!running.contains(number))
            plan.start.append(instanceUnit(config.templateUnit, number));
    QList<int> highest = running;
    std::sort(highest.begin(), highest.end(), std::greater<>());
    for (int i = 0; i < count - wanted; ++i)
        plan.stop.append(instanceUnit(config.templateUnit, highest.at(i)));
    return plan;
}

ScaleInstances::ScaleInstances(bool userManager, QString templateUnit) : m_userManager(userManager), m_template(std::move(templateUnit)) {}

ActionResult ScaleInstances::startAll(UnitCalls &calls, const ActionRequest &request, const QStringList &units, CancelToken &token) const
{
    QStringList lines, begun;
    for (const QString &unit : units) {
        begun.prepend(unit);
        const ActionResult started = startOne(calls, request, unit, token);
        if (started.status == ActionStatus::Completed) {
            lines.append(unit + u": "_s + started.output);
            failpoint("instance_done");
            continue;
        }
        if (started.status != ActionStatus::Failed || started.failure == FailureKind::NotAuthorised || started.failure == FailureKind::NoBus)
            return started;
        const ActionResult stopped = stopAll(calls, request, begun, token);
        return failed(request, started.failure, unit + u": "_s + started.output + u"; "_s + stopped.output);
    }
    return completed(request, lines.join("; "_L1));
}

ActionResult ScaleInstances::stopAll(UnitCalls &calls, const ActionRequest &request, const QStringList &units, CancelToken &token) const
{
    QStringList lines;
    for (const QString &unit : units) {
        const Result<QString> job = calls.job("StopUnit", unit);
        const Result<UnitRow> row = job ? calls.unit(unit) : tl::unexpected(job.error());
        if (!row)
            return endedBy(row.error(), request, token);
        if (runs(row->activeState) || row->activeState == u"deactivating")
            return failed(request, FailureKind::Failed, u"%1 was not stopped (job %2, %3)"_s.arg(unit, *job, row->activeState));
        lines.append(u"%1 stopped (%2/%3)"_s.arg(unit, row->activeState, row->subState));
        failpoint("instance_done");
    }
    return completed(request, lines.join("; "_L1));
}

ActionResult ScaleInstances::run(const ActionRequest &request, CancelToken &token)
{
    const std::optional<ScalePlan> plan = scalePlanFromJson(request.plan);
    if (!plan)
        return failed(request, FailureKind::Failed, u"the intent names no instances; nothing was done"_s);
    const QStringList units = plan->start + plan->stop;
    if (std::any_of(units.cbegin(), units.cend(), [this](const QString &unit) { return instanceNumber(m_template, unit) == 0; }))
        return failed(request, FailureKind::Failed, u"the intent names units that are no instances of %1; nothing was done"_s.arg(m_template));
    const auto calls = UnitCalls::open(m_userManager, token, request.timeoutMs, request.interactive);
    const Result<QList<Instance>> running = calls ? runningInstances(**calls, m_template) : tl::unexpected(calls.error());
    if (!running)
        return endedBy(running.error(), request, token);
    const QStringList now = namesOf(*running);
    const auto others = plan->stop.size() + std::count_if(now.cbegin(), now.cend(), [&](const QString &unit) { return !units.contains(unit); });
    if (QString::number(others) != request.valueBefore)
        return failed(request, FailureKind::Failed, u"%1 instances of %2 run, which is not as when the action was decided; nothing was done"_s
                          .arg(now.size()).arg(m_template));
    QStringList start, stop;
    std::copy_if(plan->start.cbegin(), plan->start.cend(), std::back_inserter(start), [&](const QString &unit) { return !now.contains(unit); });
    std::copy_if(plan->stop.cbegin(), plan->stop.cend(), std::back_inserter(stop), [&](const QString &unit) { return now.contains(unit); });
    failpoint("scale_begins");
    ActionResult result = startAll(**calls, request, start, token);
    if (result.status == ActionStatus::Completed && !stop.isEmpty())
        result = stopAll(**calls, request, stop, token);
    if (result.status == ActionStatus::Completed)
        result.output = u"%1 instances of %2 (were %3)%4"_s.arg(request.valueTarget, m_template, request.valueBefore,
                                                             result.output.isEmpty() ? u", as it is already"_s : u"; "_s + result.output);
    return result;
}

} // namespace prunella
