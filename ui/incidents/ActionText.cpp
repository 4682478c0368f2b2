#include "ui/incidents/ActionText.h"

#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>
#include <QHash>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(ActionText)
};

QString subjectWords(const QString &subject)
{
    static const QHash<QString, const char *> names{
        {QStringLiteral("memory"), QT_TRANSLATE_NOOP("ActionText", "memory limit")},
        {QStringLiteral("cpu"), QT_TRANSLATE_NOOP("ActionText", "CPU limit")},
        {QStringLiteral("tasks"), QT_TRANSLATE_NOOP("ActionText", "limit of tasks")},
        {QStringLiteral("files"), QT_TRANSLATE_NOOP("ActionText", "limit of open files")},
        {QStringLiteral("cpu_weight"), QT_TRANSLATE_NOOP("ActionText", "CPU priority")},
        {QStringLiteral("io_weight"), QT_TRANSLATE_NOOP("ActionText", "disk priority")},
        {QStringLiteral("instances"), QT_TRANSLATE_NOOP("ActionText", "instances")},
        {QStringLiteral("release"), QT_TRANSLATE_NOOP("ActionText", "release")},
        {QStringLiteral("closer look"), QT_TRANSLATE_NOOP("ActionText", "closer look")},
    };
    const auto known = names.constFind(subject);
    return known == names.cend() ? subject : Text::tr(*known);
}

/// An image's digest is known by its first letters.
QString shortened(const QString &value)
{
    constexpr qsizetype digestLetters = 19; // "sha256:" and twelve
    return value.startsWith(QStringLiteral("sha256:")) ? value.left(digestLetters) : value;
}

QString otherAction(const Incident &incident, const QString &id)
{
    const auto it = std::ranges::find(incident.actions, id, &RecoveryActionRecord::id);
    if (it == incident.actions.cend())
        return Text::tr("action %1").arg(id.left(8));
    return it->startedAt > 0 ? Text::tr("%1 of %2", "action of a time of day").arg(words(it->type), formatClock(it->startedAt)) : words(it->type);
}

} // namespace

QString valueWords(const QString &subject, const QString &value)
{
    if (value == u"infinity")
        return Text::tr("no limit");
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    if (isNumber && subject == u"memory")
        return formatValue(number, QStringLiteral("B"));
    if (isNumber && subject == u"cpu")
        return Text::tr("%1 of one core").arg(formatValue(number, QStringLiteral("%")));
    return shortened(value);
}

QString changeWords(const RecoveryActionRecord &action)
{
    if (action.subject == u"reload")
        return Text::tr("a reload is enough, it is not restarted");
    const QString subject = subjectWords(action.subject);
    const QString before = valueWords(action.subject, action.valueBefore), target = valueWords(action.subject, action.valueTarget);
    if (before.isEmpty() && target.isEmpty())
        return subject;
    const QString change = before.isEmpty() || target.isEmpty() ? before + target : Text::tr("%1 → %2", "value before, after").arg(before, target);
    return subject.isEmpty() ? change : Text::tr("%1: %2", "what is changed: values").arg(subject, change);
}

QString stepWords(const QString &procedure, const QString &step)
{
    if (procedure.isEmpty())
        return {};
    return step.isEmpty() ? Text::tr("procedure %1").arg(procedure) : Text::tr("procedure %1, step %2").arg(procedure, step);
}

QStringList approvalWords(const RecoveryActionRecord &action)
{
    QStringList lines;
    for (const Approval &approval : action.approvals) {
        lines.append(approval.from.isEmpty() ? Text::tr("%1 at %2").arg(approval.by, formatExact(approval.at))
                                             : Text::tr("%1 from %2 at %3").arg(approval.by, approval.from, formatExact(approval.at)));
    }
    if (lines.isEmpty() && !action.approvedBy.isEmpty())
        lines.append(action.approvedBy);
    return lines;
}

QString undoWords(const RecoveryActionRecord &action, const Incident &incident)
{
    QStringList parts;
    if (!action.undoes.isEmpty())
        parts.append(Text::tr("takes back: %1").arg(otherAction(incident, action.undoes)));
    if (!action.undoneBy.isEmpty())
        parts.append(Text::tr("taken back by: %1").arg(otherAction(incident, action.undoneBy)));
    return parts.join(u'\n');
}

} // namespace prunella
