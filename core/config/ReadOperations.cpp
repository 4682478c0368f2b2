// What surrounds the services: maintenance, escalation, playbooks.
#include "core/config/ConfigReading.h"

#include <QDir>
#include <QFileInfo>
#include <QTime>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double kDayMs = 86'400e3;

/// Minutes after midnight.
void readStart(YamlReader &reader, int &out)
{
    QString text;
    reader.require("start"_L1, u"a time of day such as \"02:00\""_s);
    if (!reader.text("start"_L1, text))
        return;
    const QTime time = QTime::fromString(text, text.size() == 4 ? u"H:mm"_s : u"HH:mm"_s);
    if (time.isValid())
        out = time.hour() * 60 + time.minute();
    else
        reader.problem("start"_L1, u"is \"%1\", expected a time of day such as \"02:00\""_s.arg(text));
}

void readDays(YamlReader &reader, QList<int> &out)
{
    static const QStringList kDays{u"mon"_s, u"tue"_s, u"wed"_s, u"thu"_s, u"fri"_s, u"sat"_s, u"sun"_s};
    QStringList words;
    reader.texts("days"_L1, words);
    for (const QString &word : std::as_const(words)) {
        const int day = int(kDays.indexOf(word.toLower())) + 1;
        if (day == 0)
            reader.problem("days"_L1, u"has \"%1\", expected words of %2"_s.arg(word, kDays.join(", "_L1)));
        else if (!out.contains(day))
            out.append(day);
    }
}

void readWindow(YamlReader &reader, const QStringList &services, MaintenanceConfig &out)
{
    reader.texts("targets"_L1, out.targets);
    for (const QString &target : std::as_const(out.targets)) {
        if (services.contains(target) || target == "host"_L1)
            continue;
        const QString nearest = nearestWord(target, services + QStringList{u"host"_s});
        reader.problem("targets"_L1, u"\"%1\" is no service, the nearest known one is \"%2\""_s.arg(target, nearest));
    }
    readStart(reader, out.startMinute);
    reader.require("duration"_L1, u"a duration such as 1h"_s);
    reader.duration("duration"_L1, out.durationMs, {60e3, 7 * kDayMs});
    readDays(reader, out.days);
    if (reader.text("timezone"_L1, out.timezone) && !QTimeZone::isTimeZoneIdAvailable(out.timezone.toUtf8()))
        reader.problem("timezone"_L1, u"is \"%1\", which this machine does not know; expected a name such as Europe/Berlin"_s.arg(out.timezone));
}

void readStep(YamlReader &reader, const QMap<QString, ChannelConfig> &channels, qint64 after, EscalationStepConfig &out)
{
    reader.duration("after"_L1, out.afterMs);
    if (out.afterMs < after)
        reader.problem("after"_L1, u"is before the step above it (%1), expected steps in the order of time"_s.arg(writeDuration(double(after))));
    reader.require("channels"_L1, u"a list of channels such as [desktop]"_s);
    if (reader.texts("channels"_L1, out.channels) && out.channels.isEmpty())
        reader.problem("channels"_L1, u"is empty, expected at least one channel"_s);
    const QStringList known = QStringList{u"desktop"_s} + channels.keys();
    for (const QString &name : std::as_const(out.channels)) {
        if (!known.contains(name))
            reader.problem("channels"_L1, u"\"%1\" is no channel, the nearest known one is \"%2\""_s.arg(name, nearestWord(name, known)));
    }
}

} // namespace

void readMaintenance(YamlReader &selfHealing, const QStringList &services, QList<MaintenanceConfig> &out)
{
    UniqueNames names;
    selfHealing.list("maintenance"_L1, [&](YamlReader &reader) {
        MaintenanceConfig window;
        reader.require("name"_L1, u"a name for the window"_s);
        if (reader.text("name"_L1, window.name))
            names.take(reader, "name"_L1, window.name);
        readWindow(reader, services, window);
        out.append(window);
    });
}

void readEscalation(YamlReader &selfHealing, const QMap<QString, ChannelConfig> &channels, QList<EscalationStepConfig> &out)
{
    qint64 after = 0;
    selfHealing.list("escalation"_L1, [&](YamlReader &reader) {
        EscalationStepConfig step;
        readStep(reader, channels, after, step);
        after = std::max(after, step.afterMs);
        out.append(step);
    });
    if (out.isEmpty())
        out.append({0, {u"desktop"_s}});
}

void readPlaybooks(YamlReader &selfHealing, QStringList &out)
{
    QStringList folders;
    if (!selfHealing.texts("playbooks"_L1, folders))
        return;
    // relative to the file that names them
    const QDir beside(QFileInfo(selfHealing.node("playbooks"_L1)->at.file).absolutePath());
    for (const QString &folder : std::as_const(folders)) {
        const QString path = QDir::cleanPath(beside.absoluteFilePath(folder));
        if (QFileInfo(path).isDir())
            out.append(path);
        else
            selfHealing.problem("playbooks"_L1, u"there is no folder %1, nothing is read from it"_s.arg(path), ProblemLevel::Warning);
    }
}

} // namespace prunella
