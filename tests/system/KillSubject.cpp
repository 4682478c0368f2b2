#include "tests/system/KillSubject.h"

#include "tests/system/RealUnit.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>

#include <climits>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella::testing {

using namespace Qt::StringLiterals;

namespace {

const QString atOnce = u", restart: {ready_timeout: 0s}"_s;

void write(const QString &path, const QByteArray &bytes)
{
    QFile file(path);
    if (!QDir().mkpath(path.section(u'/', 0, -2)) || !file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

QString stateOf(int count, int old, int target, const QString &what)
{
    return count == old ? u"old"_s : count == target ? u"target"_s : what.arg(count);
}

std::shared_ptr<VictimUnit> startedVictim(const QString &name, const QString &dir, const QString &lines = {})
{
    auto victim = std::make_shared<VictimUnit>(name, dir, QStringList(), lines);
    victim->start();
    return victim;
}

KillSubject restartSubject(const QString &name, const QString &dir)
{
    const auto victim = startedVictim(name, dir);
    KillSubject subject{u"restart_service"_s, {}, atOnce, u"[ $(grep -c ^start %1) -ge 2 ]"_s.arg(victim->log()), {}, {}, {}, false, victim};
    subject.state = [victim] {
        return victim->mainPid() <= 0 ? u"it does not run"_s : stateOf(victim->starts(), 1, 2, u"started %1 times"_s);
    };
    return subject;
}

KillSubject healthSubject(const QString &name, const QString &dir)
{
    KillSubject subject = restartSubject(name, dir); // looking heals nothing: the restart does
    subject.actions = u"health_check, restart_service"_s;
    return subject;
}

KillSubject monitoringSubject(const QString &name, const QString &dir)
{
    KillSubject subject = restartSubject(name, dir);
    const QString level = dir + u"/level"_s, text = dir + u"/level.txt"_s;
    writeProgram(level, u"echo $1 > %1.new && mv %1.new %1"_s.arg(text));
    subject.actions = u"enable_monitoring, restart_service"_s;
    subject.keys += u", monitoring: {for: 1s, interval: 200ms, debug: {command: [\"%1\", debug], quiet_command: [\"%1\", quiet]}}"_s.arg(level);
    subject.goesBack = true;
    subject.state = [text, restarted = subject.state] {
        const QByteArray now = bytesOf(text);
        const bool asBefore = now == "<none>" || now == "quiet\n";
        return restarted() != u"target" ? u"the restart: "_s + restarted() : asBefore ? u"old"_s : u"the level stays "_s + QString::fromUtf8(now);
    };
    return subject;
}

/// Not to be done twice without a person.
KillSubject commandSubject(const QString &name, const QString &dir)
{
    const auto victim = startedVictim(name, dir);
    const QString ran = dir + u"/ran"_s;
    writeProgram(dir + u"/mend"_s, u"echo run >> "_s + ran);
    KillSubject subject{u"run_command"_s, {}, u", commands: {mend: {command: [\"%1/mend\"], idempotent: false}}"_s.arg(dir), u"[ -s %1 ]"_s.arg(ran),
                        {}, {}, {}, false, victim};
    subject.state = [ran] { return stateOf(countLines(ran, "run"), 0, 1, u"ran %1 times"_s); };
    return subject;
}

KillSubject diskSubject(const QString &name, const QString &dir)
{
    const auto victim = startedVictim(name, dir);
    const QString log = dir + u"/log"_s;
    for (int i = 0; i < 4; ++i) {
        const QString path = log + u"/web.log.%1"_s.arg(i);
        write(path, "x");
        struct stat info {};
        stat(qPrintable(path), &info);
        const std::array times{timespec{info.st_mtim.tv_sec - 600 - i, 0}, timespec{info.st_mtim.tv_sec - 600 - i, 0}};
        utimensat(AT_FDCWD, qPrintable(path), times.data(), 0);
    }
    KillSubject subject{u"free_disk_space"_s, {}, u", disk_rules: [{folder: %1, files: [\"*.log.*\"], older_than: 5m, keep_newest: 1}]"_s.arg(log),
                        u"[ $(ls %1 | wc -l) -le 1 ]"_s.arg(log), {}, {}, {}, false, victim};
    subject.state = [log] {
        const QStringList left = QDir(log).entryList(QDir::Files);
        return left.contains(u"web.log.0"_s) ? stateOf(int(left.size()), 4, 1, u"%1 files are left"_s) : u"the newest is gone"_s;
    };
    return subject;
}

/// What the file says and what the process was started with are two things.
KillSubject timeoutSubject(const QString &name, const QString &dir)
{
    const QString file = dir + u"/web.ini"_s, used = dir + u"/used.ini"_s;
    write(file, "; of the web\n[upstream]\ntimeout = 30 ; s\n");
    const auto victim = startedVictim(name, dir, u"ExecStartPre=/bin/cp %1 %2"_s.arg(file, used));
    KillSubject subject{u"adjust_timeout"_s, {}, atOnce + u", timeouts: [{name: upstream, file: \"%1\", key: upstream.timeout, max: 45, apply: restart}]"_s.arg(file),
                        u"grep -q 'timeout = 45 ' %1"_s.arg(used), {}, {}, {}, false, victim};
    subject.state = [file, used, victim] {
        const QByteArray text = bytesOf(file), inUse = bytesOf(used);
        if (text != inUse || victim->mainPid() <= 0)
            return u"the file says %1, in use is %2"_s.arg(QString::fromUtf8(text).section(u'=', 1).trimmed(), QString::fromUtf8(inUse).section(u'=', 1).trimmed());
        return text == "; of the web\n[upstream]\ntimeout = 30 ; s\n" ? u"old"_s
            : text == "; of the web\n[upstream]\ntimeout = 45 ; s\n" ? u"target"_s : QString::fromUtf8(text);
    };
    return subject;
}

KillSubject filesSubject(const QString &name, const QString &dir)
{
    const auto victim = startedVictim(name, dir, u"LimitNOFILE=1000:4000"_s);
    const QString limits = u"/proc/$(systemctl show --value -p MainPID %1)/limits"_s.arg(victim->unit());
    KillSubject subject{u"increase_resources"_s, {}, atOnce + u", resources: {files: {step: 2, max: 2000}}"_s, u"grep -q '^Max open files  *2000 ' "_s + limits,
                        {}, {}, {}, false, victim};
    subject.state = [victim] {
        const QByteArray dropIn = bytesOf(u"/run/systemd/system/%1.d/50-prunella-limits.conf"_s.arg(victim->unit()));
        const bool absent = dropIn == "<none>", whole = dropIn.endsWith("[Service]\nLimitNOFILE=2000:4000\n");
        const QByteArray process = bytesOf(u"/proc/%1/limits"_s.arg(victim->mainPid())).simplified();
        const bool few = process.contains("Max open files 1000 4000 "), many = process.contains("Max open files 2000 4000 ");
        return absent && few ? u"old"_s : whole && many ? u"target"_s
            : u"the process: %1, the drop-in: %2"_s.arg(QString::fromUtf8(few ? "1000" : many ? "2000" : "?"), QString::fromUtf8(dropIn));
    };
    return subject;
}

KillSubject memorySubject(const QString &name, const QString &dir)
{
    const auto victim = startedVictim(name, dir, u"MemoryMax=256M"_s);
    KillSubject subject{u"increase_resources"_s, {}, u", resources: {memory: {step: 1.25, max: 320MiB}}"_s,
                        u"[ $(systemctl show --value -p MemoryMax %1) = 335544320 ]"_s.arg(victim->unit()), {}, {}, {}, false, victim};
    subject.state = [victim] {
        const QString max = victim->property(u"MemoryMax"_s), folder = u"/run/systemd/system.control/%1.d"_s.arg(victim->unit());
        const bool dropIn = QFile::exists(folder + u"/50-MemoryMax.conf"_s);
        return max == u"268435456" && !dropIn ? u"old"_s : max == u"335544320" && dropIn ? u"target"_s
            : u"MemoryMax is %1, with%2 its drop-in"_s.arg(max, dropIn ? QString() : u"out"_s);
    };
    return subject;
}

/// The instances of a template end with this.
struct Template {
    explicit Template(const QString &name, const QString &dir) : victim(name + u'@', dir), units(name + u"@*.service"_s)
    {
        systemctl({u"start"_s, name + u"@1.service"_s});
    }
    ~Template() { systemctl({u"stop"_s, units}); }
    Q_DISABLE_COPY_MOVE(Template)
    [[nodiscard]] int active() const
    {
        const QString list = systemctl({u"list-units"_s, u"--plain"_s, u"--no-legend"_s, u"--state=active"_s, units});
        return list.isEmpty() ? 0 : int(list.count(u'\n')) + 1;
    }
    VictimUnit victim;
    const QString units;
};

KillSubject scaleSubject(const QString &name, const QString &dir)
{
    const auto made = std::make_shared<Template>(name, dir);
    KillSubject subject{u"scale_resources"_s, name + u"@1.service"_s,
                        u", resources: {instances: {template: \"%1@.service\", min: 1, max: 2, scale_back_after: 1h}}"_s.arg(name),
                        u"systemctl -q is-active %1@2.service"_s.arg(name), {}, {}, {}, false, made};
    subject.state = [made] { return stateOf(made->active(), 1, 2, u"%1 instances run"_s); };
    return subject;
}

QString linkText(const QString &path)
{
    QByteArray text(PATH_MAX, '\0');
    const ssize_t size = readlink(QFile::encodeName(path).constData(), text.data(), std::size_t(text.size()));
    return size < 0 ? u"<none>"_s : QFile::decodeName(text.left(size));
}

void deploy(const QString &dir, const QString &release)
{
    const QByteArray link = QFile::encodeName(dir + u"/current"_s), fresh = link + ".fresh";
    const QString folder = dir + u"/releases/"_s + release, program = folder + u"/run"_s;
    if (!QDir().mkpath(folder) || (!QFile::exists(program) && !QFile::copy(u"/usr/bin/sleep"_s, program))
        || symlink(QFile::encodeName(u"releases/"_s + release).constData(), fresh.constData()) != 0 || rename(fresh.constData(), link.constData()) != 0)
        qFatal("cannot deploy %s", qPrintable(folder));
}

/// Is this release known, and as this?
bool isRelease(const EngineProcess &engine, const QString &service, const QString &name, const QString &as)
{
    const QByteArray json = engine.call({u"releases"_s, service, u"--config"_s, engine.configFile(), u"--json"_s}).out.toUtf8();
    const QJsonArray all = QJsonDocument::fromJson(json).array();
    return std::any_of(all.begin(), all.end(), [&](const QJsonValue &one) { return one[u"release"_s] == name && one[as].toBool(); });
}

KillSubject rollbackSubject(const QString &name, const QString &dir)
{
    const QString app = dir + u"/app"_s;
    deploy(app, u"1"_s);
    const auto unit = std::make_shared<RealUnit>(name, u"ExecStart=%1/current/run 100000"_s.arg(app));
    unit->start();
    KillSubject subject{u"rollback_deployment"_s, {}, atOnce + u", deployment: {type: release-directory, current: %1/current, releases: %1/releases, good_after: 100ms}"_s.arg(app),
                        u"[ $(readlink /proc/$(systemctl show --value -p MainPID %1)/exe) = %2/releases/1/run ]"_s.arg(unit->unit(), app), {}, {}, {}, false, unit};
    subject.isReady = [app, name](const EngineProcess &engine) {
        deploy(app, u"1"_s); // the same again: a link that is touched is looked at at once
        return isRelease(engine, name, u"1"_s, u"good"_s);
    };
    subject.breakIt = [app, unit] {
        deploy(app, u"2"_s);
        systemctl({u"restart"_s, unit->unit()});
    };
    subject.state = [app, unit] {
        const QString link = linkText(app + u"/current"_s), exe = linkText(u"/proc/%1/exe"_s.arg(systemctl({u"show"_s, u"--value"_s, u"-p"_s, u"MainPID"_s, unit->unit()})));
        for (const auto &[release, word] : {std::pair(u"1"_s, u"target"_s), std::pair(u"2"_s, u"old"_s)}) {
            if (link == u"releases/"_s + release && exe == app + u"/releases/%1/run"_s.arg(release))
                return word;
        }
        return u"the link leads to %1, %2 runs"_s.arg(link, exe);
    };
    return subject;
}

} // namespace

void writeProgram(const QString &path, const QString &body)
{
    write(path, "#!/bin/bash\n" + body.toUtf8() + '\n');
    QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
}

void writeTrees(const QString &dir, const QString &actions)
{
    for (const QString &type : {u"api_failure"_s, u"deployment_failure"_s, u"service_crash"_s, u"unknown"_s}) {
        write(dir + u"/playbooks/%1.yaml"_s.arg(type), uR"(tree: %1
applies_to: [%1]
first: only
questions:
  only:
    ask: Is it there?
    when: {fact: unit.result, in: [signal, success, exit-code]}
    yes: {likelihood: 0.95, then: it_fails}
    no: {likelihood: 0.95, then: other}
    unknown: yes
causes:
  it_fails: {text: it fails, prior: 0.5, summary: "{component} fails.", actions: [%2]}
  other: {text: other, prior: 0.5, summary: "{component}: other.", advice: look}
)"_s.arg(type, actions).toUtf8());
    }
}

KillSubject killSubject(const QString &action, const QString &name, const QString &dir)
{
    static const QMap<QString, KillSubject (*)(const QString &, const QString &)> makers{
        {u"restart_service"_s, restartSubject}, {u"health_check"_s, healthSubject}, {u"enable_monitoring"_s, monitoringSubject},
        {u"run_command"_s, commandSubject}, {u"free_disk_space"_s, diskSubject}, {u"adjust_timeout"_s, timeoutSubject},
        {u"files"_s, filesSubject}, {u"memory"_s, memorySubject}, {u"scale_resources"_s, scaleSubject},
        {u"rollback_deployment"_s, rollbackSubject}};
    return makers.value(action)(name, dir);
}

} // namespace prunella::testing
