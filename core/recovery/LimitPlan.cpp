#include "core/recovery/LimitPlan.h"

#include "core/recovery/LimitDropIn.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// Numbers of JSON are doubles, which do not hold 64 bits.
QString numberText(quint64 value) { return value == noLimit ? u"infinity"_s : QString::number(value); }

std::optional<quint64> numberOf(const QJsonValue &value)
{
    const QString text = value.toString();
    bool ok = text == u"infinity";
    const quint64 number = ok ? noLimit : text.toULongLong(&ok);
    return ok ? std::optional(number) : std::nullopt;
}

QString subjectOf(const QString &property)
{
    return property.startsWith("Memory"_L1) ? u"memory"_s : property.startsWith("CPUQuota"_L1) ? u"cpu"_s : u"tasks"_s;
}

/// "320 MiB", "30", "infinity", "not set"
QString shortValue(const QString &property, quint64 value)
{
    if (value == noLimit)
        return property.endsWith("Weight"_L1) ? u"not set"_s : u"infinity"_s;
    const bool quota = property == u"CPUQuotaPerSecUSec";
    return limitText(subjectOf(property), quota ? double(value) / 10'000 : double(value));
}

QString describeFiles(const LimitPlan &plan, const ActionRequest &request)
{
    const LimitChange &soft = plan.changes.constFirst(), &hard = plan.changes.constLast();
    const QString file = limitsDropIn(request.manager == Manager::SystemdUser, plan.runtime, soft.unit);
    const auto pair = [](quint64 a, quint64 b) -> QString { return numberText(a) + u':' + numberText(b); };
    const QString values = u"LimitNOFILE=%1 (now %2)"_s.arg(pair(soft.to, hard.to), pair(soft.from, hard.from));
    const QString act = !plan.restores ? u"write %1 to %2"_s.arg(values, file)
        : soft.dropInBefore ? u"put %2 back as it was, %1"_s.arg(values, file) : u"remove %2, %1"_s.arg(values, file);
    return act + u", then Manager.Reload() and RestartUnit(\"%1\", \"replace\")"_s.arg(soft.unit);
}

/// "SetUnitProperties("web.service", runtime, …)" for each unit.
QStringList describeCalls(const LimitPlan &plan)
{
    QStringList units;
    QMap<QString, QStringList> values;
    for (const LimitChange &change : plan.changes) {
        if (!units.contains(change.unit))
            units.append(change.unit);
        values[change.unit].append(describe(change));
    }
    QStringList calls;
    for (const QString &unit : std::as_const(units))
        calls.append(u"SetUnitProperties(\"%1\", %2, %3)"_s.arg(unit, plan.runtime ? u"runtime"_s : u"persistent"_s, values.value(unit).join(", "_L1)));
    return calls;
}

} // namespace

QString toJson(const LimitPlan &plan)
{
    QJsonArray changes;
    for (const LimitChange &change : plan.changes) {
        QJsonObject object{{u"unit"_s, change.unit}, {u"property"_s, change.property}, {u"from"_s, numberText(change.from)}, {u"to"_s, numberText(change.to)}};
        if (change.dropInBefore)
            object.insert(u"file"_s, QString::fromLatin1(change.dropInBefore->toBase64()));
        changes.append(object);
    }
    const QJsonObject top{{u"runtime"_s, plan.runtime}, {u"transient"_s, plan.transient}, {u"restores"_s, plan.restores}, {u"changes"_s, changes}};
    return QString::fromUtf8(QJsonDocument(top).toJson(QJsonDocument::Compact));
}

std::optional<LimitPlan> limitPlanFromJson(const QString &text)
{
    const QJsonObject top = QJsonDocument::fromJson(text.toUtf8()).object();
    LimitPlan plan{top.value(u"runtime"_s).toBool(true), top.value(u"transient"_s).toBool(), top.value(u"restores"_s).toBool(), {}};
    const QJsonArray changes = top.value(u"changes"_s).toArray();
    for (const QJsonValue &value : changes) {
        const QJsonObject object = value.toObject();
        const auto from = numberOf(object.value(u"from"_s)), to = numberOf(object.value(u"to"_s));
        LimitChange change{object.value(u"unit"_s).toString(), object.value(u"property"_s).toString(), from.value_or(0), to.value_or(0), {}};
        if (!from || !to || change.unit.isEmpty() || change.property.isEmpty())
            return {};
        if (object.contains(u"file"_s))
            change.dropInBefore = QByteArray::fromBase64(object.value(u"file"_s).toString().toLatin1());
        plan.changes.append(change);
    }
    return plan.changes.isEmpty() ? std::nullopt : std::optional(plan);
}

LimitPlan inverseOf(LimitPlan plan)
{
    plan.restores = !plan.restores;
    for (LimitChange &change : plan.changes)
        std::swap(change.from, change.to);
    return plan;
}

ActionRequest inverseOfLimits(const ActionRequest &done)
{
    ActionRequest request = done;
    std::swap(request.valueBefore, request.valueTarget);
    if (const auto plan = limitPlanFromJson(done.plan))
        request.plan = toJson(inverseOf(*plan));
    return request;
}

QString limitValue(const QString &property, quint64 value)
{
    const QString text = shortValue(property, value);
    return value == noLimit || text == numberText(value) ? text : u"%1 (%2)"_s.arg(numberText(value), text);
}

QString describe(const LimitChange &change)
{
    const QString now = u"now "_s + shortValue(change.property, change.from), value = limitValue(change.property, change.to);
    return change.property + u'=' + (value.endsWith(u')') ? value.chopped(1) + u", "_s + now + u')' : value + u" ("_s + now + u')');
}

QString describeLimits(const ActionRequest &request)
{
    const auto plan = limitPlanFromJson(request.plan);
    if (!plan)
        return {};
    const bool user = request.manager == Manager::SystemdUser;
    const QString bus = user ? u" on the user bus"_s : QString();
    if (request.subject == u"files")
        return describeFiles(*plan, request) + bus;
    QStringList calls = describeCalls(*plan);
    if (plan->restores) {
        for (const LimitChange &change : plan->changes)
            if (!change.dropInBefore)
                calls.append(u"remove "_s + controlDropIn({user, plan->runtime, plan->transient}, change.unit, change.property));
        calls.append(u"Manager.Reload()"_s);
    } else if (request.stateBefore.startsWith("failed"_L1) || request.stateBefore.startsWith("inactive"_L1)) {
        calls.append(u"RestartUnit(\"%1\", \"replace\")"_s.arg(request.unit));
    }
    return calls.join(", then "_L1) + bus;
}

} // namespace prunella
