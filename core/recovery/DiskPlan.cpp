#include "core/recovery/DiskPlan.h"

#include "core/recovery/DiskFolder.h"
#include "core/recovery/RunCommand.h"

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = DiskRuleConfig::Kind;

QString kindWord(Kind kind)
{
    return kind == Kind::Journal ? u"journal"_s : kind == Kind::PackageCache ? u"package_cache"_s : u"files"_s;
}

/// The oldest first, without the newest `keep`, and not more than the rule allows.
QList<DiskFile> chosen(QList<DiskFile> files, const DiskRuleConfig &rule, qint64 nowWallMs)
{
    std::sort(files.begin(), files.end(), [](const DiskFile &a, const DiskFile &b) {
        return std::tie(a.changedNs, a.name) < std::tie(b.changedNs, b.name);
    });
    files.resize(std::max<qsizetype>(files.size() - rule.keepNewest, 0));
    QList<DiskFile> result;
    qint64 bytes = 0;
    for (const DiskFile &file : std::as_const(files)) {
        const bool old = file.changedNs / 1'000'000 <= nowWallMs - rule.olderThanMs;
        if (!old || result.size() >= mostPlannedFiles || (rule.maxBytes && bytes + file.bytes > *rule.maxBytes))
            break;
        bytes += file.bytes;
        result.append(file);
    }
    return result;
}

/// Files in several folders, with their whole paths, for people to see.
QList<DiskFile> listed(const QStringList &folders, const QStringList &patterns)
{
    QList<DiskFile> result;
    for (const QString &folder : folders) {
        const Result<DiskListing> listing = listDiskFiles(folder, patterns);
        for (DiskFile file : listing ? listing->files : QList<DiskFile>()) {
            file.name = folder + u'/' + file.name;
            result.append(file);
        }
    }
    std::sort(result.begin(), result.end(), [](const DiskFile &a, const DiskFile &b) { return a.changedNs < b.changedNs; });
    result.resize(std::min<qsizetype>(result.size(), mostPlannedFiles));
    return result;
}

DiskStep journalStep(const DiskRuleConfig &rule)
{
    DiskStep step{Kind::Journal, {}, {u"journalctl"_s}, {}};
    if (rule.vacuumSize)
        step.command.append(u"--vacuum-size=%1"_s.arg(*rule.vacuumSize));
    if (rule.vacuumTimeMs)
        step.command.append(u"--vacuum-time=%1s"_s.arg(*rule.vacuumTimeMs / 1000));
    step.files = listed({u"/var/log/journal"_s, u"/run/log/journal"_s}, {u"*/*@*.journal"_s, u"*/*@*.journal~"_s});
    return step;
}

DiskStep packageStep()
{
    return {Kind::PackageCache, {}, {u"apt-get"_s, u"clean"_s}, listed({u"/var/cache/apt/archives"_s}, {u"*.deb"_s, u"partial/*"_s})};
}

/// Adds the rule's step, or a note why there is none. `locked`: something is there, but not for us to delete.
void addStep(const DiskRuleConfig &rule, qint64 nowWallMs, DiskPlan &plan, bool &locked)
{
    if (rule.kind != Kind::Files) {
        const DiskStep step = rule.kind == Kind::Journal ? journalStep(rule) : packageStep();
        const QString call = quotedVector(step.command);
        CommandConfig command;
        command.command = step.command;
        const auto ready = RunCommand::prepare(command);
        if (geteuid() != 0 || !ready)
            plan.notes.append(geteuid() != 0 ? u"only root may run "_s + call : ready.error().message);
        else if (step.files.isEmpty())
            plan.notes.append(u"there is nothing for "_s + call);
        else
            plan.steps.append(step);
        locked |= geteuid() != 0;
        return;
    }
    const Result<DiskListing> listing = listDiskFiles(rule.folder, rule.patterns);
    if (!listing) {
        plan.notes.append(listing.error().message);
        locked |= listing.error().code == ErrorCode::NotAuthorised;
        return;
    }
    for (const QString &folder : listing->locked)
        plan.notes.append(u"no right to delete in %1"_s.arg(folder.isEmpty() ? rule.folder : rule.folder + u'/' + folder));
    locked |= !listing->locked.isEmpty();
    if (!listing->complete)
        plan.notes.append(u"%1 has more entries than are looked at"_s.arg(rule.folder));
    const DiskStep step{Kind::Files, rule.folder, {}, chosen(listing->files, rule, nowWallMs)};
    if (step.files.isEmpty())
        plan.notes.append(u"nothing in %1 is old enough and not to be kept"_s.arg(rule.folder));
    else
        plan.steps.append(step);
}

} // namespace

qint64 DiskStep::bytes() const
{
    qint64 sum = 0;
    for (const DiskFile &file : files)
        sum += file.bytes;
    return sum;
}

Result<DiskPlan> planDisk(const QList<DiskRuleConfig> &rules, qint64 nowWallMs)
{
    DiskPlan plan;
    bool locked = false;
    for (const DiskRuleConfig &rule : rules)
        addStep(rule, nowWallMs, plan, locked);
    if (!plan.steps.isEmpty())
        return plan;
    const QString why = rules.isEmpty() ? u"no disk_rules are configured"_s : plan.notes.join(u"; "_s);
    return failure(locked ? ErrorCode::NotAuthorised : ErrorCode::NotFound, why);
}

QString toJson(const DiskPlan &plan)
{
    QJsonArray steps;
    for (const DiskStep &step : plan.steps) {
        QJsonArray files;
        for (const DiskFile &file : step.files)
            files.append(QJsonObject{{u"name"_s, file.name}, {u"device"_s, qint64(file.device)}, {u"inode"_s, qint64(file.inode)},
                                     {u"changed_ns"_s, file.changedNs}, {u"bytes"_s, file.bytes}});
        steps.append(QJsonObject{{u"kind"_s, kindWord(step.kind)}, {u"folder"_s, step.folder},
                                 {u"command"_s, QJsonArray::fromStringList(step.command)}, {u"files"_s, files}});
    }
    const QJsonObject object{{u"steps"_s, steps}, {u"notes"_s, QJsonArray::fromStringList(plan.notes)}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

std::optional<DiskPlan> diskPlanFromJson(const QString &json)
{
    const QJsonObject object = QJsonDocument::fromJson(json.toUtf8()).object();
    if (!object.contains(u"steps"_s))
        return {};
    DiskPlan plan;
    plan.notes = object[u"notes"_s].toVariant().toStringList();
    for (const QJsonValue &value : object[u"steps"_s].toArray()) {
        const QString kind = value[u"kind"_s].toString();
        DiskStep step{kind == u"journal"_s ? Kind::Journal : kind == u"package_cache"_s ? Kind::PackageCache : Kind::Files,
                      value[u"folder"_s].toString(), value[u"command"_s].toVariant().toStringList(), {}};
        for (const QJsonValue &file : value[u"files"_s].toArray())
            step.files.append({file[u"name"_s].toString(), quint64(file[u"device"_s].toInteger()), quint64(file[u"inode"_s].toInteger()),
                               file[u"changed_ns"_s].toInteger(), file[u"bytes"_s].toInteger()});
        plan.steps.append(step);
    }
    return plan;
}

QString sizeText(qint64 bytes)
{
    constexpr qint64 kib = 1024, mib = kib * 1024, gib = mib * 1024;
    const auto text = [bytes](qint64 unit, const QString &word) -> QString { return QString::number(double(bytes) / double(unit), 'f', 1) + u' ' + word; };
    return bytes < mib ? text(kib, u"KiB"_s) : bytes < gib ? text(mib, u"MiB"_s) : text(gib, u"GiB"_s);
}

QString describe(const DiskPlan &plan)
{
    constexpr int shown = 20;
    QStringList lines;
    for (const DiskStep &step : plan.steps) {
        if (step.kind != Kind::Files) {
            lines.append(u"run "_s + quotedVector(step.command));
            continue;
        }
        QStringList names;
        for (const DiskFile &file : step.files.first(std::min<qsizetype>(step.files.size(), shown)))
            names.append(u"%1 (%2)"_s.arg(file.name, sizeText(file.bytes)));
        if (step.files.size() > shown)
            names.append(u"and %1 more"_s.arg(step.files.size() - shown));
        lines.append(u"delete %1 files (%2) in %3: %4"_s.arg(step.files.size()).arg(sizeText(step.bytes()), step.folder, names.join(u", "_s)));
    }
    return lines.join(u"; "_s);
}

} // namespace prunella
