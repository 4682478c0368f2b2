// labels: sandbox
// The preflight of rights against a real systemd and a real polkit: as root, as nobody, without polkit, without a bus; and
// files, folders, sockets, commands as they are.
#include "core/recovery/FileRights.h"
#include "core/recovery/Rights.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/UnitRestart.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

ServiceConfig unitService(const QString &name, Manager manager = Manager::Systemd)
{
    ServiceConfig service;
    service.name = name;
    service.manager = manager;
    service.unit = name + u".service"_s;
    return service;
}

/// In a process of its own, which is nobody altogether: what a console without rights is told.
int tellAsNobody(const QStringList &units)
{
    constexpr uid_t nobody = 65534;
    if (setgroups(0, nullptr) != 0 || setresgid(nobody, nobody, nobody) != 0 || setresuid(nobody, nobody, nobody) != 0)
        return 1;
    QJsonArray told;
    const RightsEdge edge = realRights();
    for (const QString &unit : units) {
        const auto service = unitService(unit, unit.startsWith(u"mine") ? Manager::SystemdUser : Manager::Systemd);
        for (const RightVerdict &verdict : rightsOf(service, edge)) {
            if (verdict.what != u"enable_monitoring") // a look needs no right of the unit's
                told.append(toJson(verdict));
        }
    }
    const Right reload = edge.reloadManager(false);
    told.append(toJson(RightVerdict{u"reload"_s, u"reload"_s, reload.state, reload.why}));
    printf("%s\n", QJsonDocument(told).toJson(QJsonDocument::Compact).constData());
    return 0;
}

/// What of this service's restart is told: "state: why".
QMap<QString, QString> askAsNobody(const QStringList &units, const QStringList &environment = {})
{
    QProcess process;
    auto variables = QProcessEnvironment::systemEnvironment();
    variables.remove(u"XDG_RUNTIME_DIR"_s);
    variables.remove(u"DBUS_SESSION_BUS_ADDRESS"_s);
    for (const QString &entry : environment)
        variables.insert(entry.section(u'=', 0, 0), entry.section(u'=', 1));
    process.setProcessEnvironment(variables);
    process.start(QCoreApplication::applicationFilePath(), QStringList{u"--as-nobody"_s} + units);
    QMap<QString, QString> told;
    if (!process.waitForFinished(30'000))
        return told;
    for (const auto &value : QJsonDocument::fromJson(process.readAllStandardOutput()).array())
        told[value[u"service"_s].toString()] = value[u"state"_s].toString() + u": "_s + value[u"why"_s].toString();
    return told;
}

int restartCodeAsNobody(const QString &unit)
{
    return QProcess::execute(u"setpriv"_s, {u"--reuid=65534"_s, u"--regid=65534"_s, u"--clear-groups"_s, u"systemctl"_s,
                                            u"--no-ask-password"_s, u"restart"_s, unit});
}

void write(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY2(file.open(QIODevice::WriteOnly | QIODevice::Truncate), qPrintable(path));
    file.write(text);
}

} // namespace

class TestRights : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void rootMayAll();
    void polkitDecidesForOthers();
    void nothingIsDoneByAsking();
    void filesAndFolders();
    void linksTreesAndPackages();
    void sockets();
    void commands();
    void diskRules();
    void theWorstOfAllCounts();
    void withoutBusOrPolkit(); // last: polkit does not come back

private:
    [[nodiscard]] QString path(const QString &name) const { return m_dir.filePath(name); }

    QTemporaryDir m_dir;
};

void TestRights::initTestCase()
{
    QVERIFY(QFile::setPermissions(m_dir.path(), QFile::Permissions(0x7755)));
    for (const QString &name : {u"pr-allowed"_s, u"pr-asked"_s, u"pr-denied"_s})
        write(u"/run/systemd/system/%1.service"_s.arg(name), "[Service]\nExecStart=/bin/sleep 1000\n");
    write(u"/etc/polkit-1/rules.d/10-rights.rules"_s, R"(polkit.addRule(function(action, subject) {
        if (action.id != "org.freedesktop.systemd1.manage-units" || subject.user != "nobody") return;
        if (action.lookup("unit") == "pr-allowed.service") return polkit.Result.YES;
        if (action.lookup("unit") == "pr-denied.service") return polkit.Result.NO;
    });)");
    systemctl({u"daemon-reload"_s});
    systemctl({u"start"_s, u"pr-allowed"_s, u"pr-asked"_s, u"pr-denied"_s});
    systemctl({u"restart"_s, u"polkit"_s});
    QCOMPARE(systemctl({u"is-active"_s, u"polkit"_s}), u"active"_s);
}

void TestRights::rootMayAll()
{
    ServiceConfig service = unitService(u"pr-denied"_s); // polkit is not asked about root
    service.diskRules << DiskRuleConfig{DiskRuleConfig::Kind::Journal, {}, {}, {}, {}, 0, 0, {}};
    service.health << HealthCheckConfig{};
    const auto verdicts = rightsOf(service, realRights());
    QCOMPARE(verdicts.size(), 4); // a closer look among them
    for (const RightVerdict &verdict : verdicts)
        QVERIFY2(verdict.state == RightState::Permitted && !verdict.why.isEmpty(), qPrintable(verdict.what + u": "_s + verdict.why));
    QCOMPARE(verdicts.first().what, u"restart_service"_s);
    QVERIFY(realRights().reloadManager(false).state == RightState::Permitted);
    QVERIFY(realRights().changeUnit(u"pr-none.service"_s, false).state == RightState::Permitted);
}

void TestRights::polkitDecidesForOthers()
{
    const auto told = askAsNobody({u"pr-allowed"_s, u"pr-asked"_s, u"pr-denied"_s, u"pr-none"_s, u"mine"_s});
    QCOMPARE(told.size(), 6);
    QVERIFY2(told[u"pr-allowed"_s] == u"permitted: systemd lets us change pr-allowed.service", qPrintable(told[u"pr-allowed"_s]));
    const QString asked = told[u"pr-asked"_s];
    QVERIFY2(asked.startsWith(u"needs_authorisation: ") && asked.contains(u"org.freedesktop.systemd1.manage-units in /etc/polkit-1/rules.d"), qPrintable(asked));
    QVERIFY2(told[u"pr-denied"_s].startsWith(u"refused: "), qPrintable(told[u"pr-denied"_s]));
    QVERIFY2(told[u"pr-none"_s].startsWith(u"needs_authorisation: "), qPrintable(told[u"pr-none"_s]));
    QVERIFY2(told[u"mine"_s].startsWith(u"refused: ") && told[u"mine"_s].contains(u"loginctl enable-linger"), qPrintable(told[u"mine"_s]));
    QVERIFY2(told[u"reload"_s].startsWith(u"needs_authorisation: ") && told[u"reload"_s].contains(u"reload-daemon"), qPrintable(told[u"reload"_s]));
    // and so it is
    QCOMPARE(restartCodeAsNobody(u"pr-allowed.service"_s), 0);
    QVERIFY(restartCodeAsNobody(u"pr-asked.service"_s) != 0);
    QVERIFY(restartCodeAsNobody(u"pr-denied.service"_s) != 0);
}

void TestRights::nothingIsDoneByAsking()
{
    const QString before = unitProperty(u"pr-allowed.service"_s, u"InvocationID"_s) + unitProperty(u"pr-allowed.service"_s, u"DropInPaths"_s);
    QVERIFY(askAsNobody({u"pr-allowed"_s})[u"pr-allowed"_s].startsWith(u"permitted"));
    QVERIFY(realRights().changeUnit(u"pr-allowed.service"_s, false).state == RightState::Permitted);
    QCOMPARE(unitProperty(u"pr-allowed.service"_s, u"InvocationID"_s) + unitProperty(u"pr-allowed.service"_s, u"DropInPaths"_s), before);
    QVERIFY(!QFile::exists(u"/run/systemd/system.control/pr-allowed.service.d"_s));
    QVERIFY(!QFile::exists(u"/etc/systemd/system.control/pr-allowed.service.d"_s));
}

void TestRights::filesAndFolders()
{
    write(path(u"app.ini"_s), "[x]\ntimeout=5\n");
    QVERIFY(QDir().mkpath(path(u"open"_s)));
    QVERIFY(chmod(QFile::encodeName(path(u"open"_s)).constData(), 0777) == 0);
    QVERIFY(fileRight(path(u"app.ini"_s)).state == RightState::Permitted);
    QVERIFY(folderRight(path(u"open"_s), u"x"_s).state == RightState::Permitted);
    write(path(u"secret"_s), "x");
    QVERIFY(chmod(QFile::encodeName(path(u"secret"_s)).constData(), 0600) == 0);
    const AsNobody nobody;
    const Right file = fileRight(path(u"app.ini"_s));
    QVERIFY2(file.state == RightState::Refused && file.why.contains(path(u"app.ini"_s)) && file.why.contains(u"give the file to nobody"), qPrintable(file.why));
    QVERIFY(fileRight(path(u"none.ini"_s)).state == RightState::Refused);
    QVERIFY(folderRight(path(u"open"_s), u"x"_s).state == RightState::Permitted);
    QVERIFY(folderRight(path(u"open/not/yet"_s), u"x"_s).state == RightState::Permitted);
    const Right folder = folderRight(u"/etc/systemd/system"_s, u"LimitNOFILE is set by a drop-in"_s);
    QVERIFY2(folder.state == RightState::Refused && folder.why.contains(u"setfacl -m u:nobody:rwx /etc/systemd/system"), qPrintable(folder.why));
    QVERIFY(readRight(path(u"app.ini"_s)).state == RightState::Permitted);
    const Right secret = readRight(path(u"secret"_s));
    QVERIFY2(secret.state == RightState::Refused && secret.why.contains(u"nobody: Permission denied; add the user"), qPrintable(secret.why));
}

void TestRights::linksTreesAndPackages()
{
    QVERIFY(QDir().mkpath(path(u"releases/1"_s)) && QDir().mkpath(path(u"theirs"_s)) && QDir().mkpath(path(u"tree"_s)));
    QVERIFY(QFile::link(path(u"releases/1"_s), path(u"theirs/current"_s)));
    QVERIFY(chown(QFile::encodeName(path(u"theirs"_s)).constData(), 65534, 65534) == 0);
    const Right root = rootRight(u"install another version of web"_s);
    QVERIFY(root.state == RightState::Permitted);
    const AsNobody nobody;
    QVERIFY(folderOfRight(path(u"theirs/current"_s), u"x"_s).state == RightState::Permitted);
    QVERIFY(folderOfRight(path(u"releases/current"_s), u"x"_s).state == RightState::Refused);
    const Right tree = ownerRight(path(u"tree"_s), u"git changes only work trees of its own user"_s);
    QVERIFY2(tree.state == RightState::Refused && tree.why.contains(u"belongs to root"), qPrintable(tree.why));
    QVERIFY(ownerRight(path(u"theirs"_s), {}).state == RightState::Permitted);
    const Right package = rootRight(u"install another version of web"_s);
    QVERIFY2(package.state == RightState::Refused && package.why.startsWith(u"only root may install"), qPrintable(package.why));
}

void TestRights::sockets()
{
    const QByteArray name = QFile::encodeName(path(u"engine.sock"_s));
    const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    QVERIFY(std::size_t(name.size()) < sizeof address.sun_path);
    std::copy(name.cbegin(), name.cend(), address.sun_path);
    QVERIFY(bind(server, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0 && listen(server, 1) == 0);
    QVERIFY(chmod(name.constData(), 0660) == 0);
    QVERIFY(socketRight(path(u"engine.sock"_s)).state == RightState::Permitted);
    const Right missing = socketRight(path(u"none.sock"_s));
    QVERIFY2(missing.state == RightState::Refused && missing.why.startsWith(u"there is no socket"), qPrintable(missing.why));
    write(path(u"file.sock"_s), "");
    QVERIFY(socketRight(path(u"file.sock"_s)).why.contains(u"it is no socket"));
    {
        const AsNobody nobody;
        const Right denied = socketRight(path(u"engine.sock"_s));
        QVERIFY2(denied.state == RightState::Refused && denied.why.contains(u"add the user to the socket's group"), qPrintable(denied.why));
    }
    QVERIFY(chmod(name.constData(), 0666) == 0);
    const AsNobody nobody;
    QVERIFY(socketRight(path(u"engine.sock"_s)).state == RightState::Permitted);
    close(server);
}

void TestRights::commands()
{
    ServiceConfig service = unitService(u"pr-allowed"_s);
    service.commands << CommandConfig{u"tidy"_s, {u"true"_s}, {}, {}, {}, 1000, false, {}}
                     << CommandConfig{u"as-root"_s, {u"true"_s}, u"root"_s, {}, {}, 1000, false, {}};
    const auto verdictOf = [&service] {
        for (const RightVerdict &verdict : rightsOf(service, {[](const QString &, bool) { return Right{}; }, [](bool) { return Right{}; }, {}, {}})) {
            if (verdict.what == u"run_command")
                return verdict;
        }
        return RightVerdict{};
    };
    QVERIFY(verdictOf().state == RightState::Permitted);
    const AsNobody nobody;
    QVERIFY2(verdictOf().state == RightState::Refused, qPrintable(verdictOf().why));
    QCOMPARE(verdictOf().why, u"as-root: only root may run as-root as user root"_s);
}

void TestRights::diskRules()
{
    QVERIFY(QDir().mkpath(path(u"logs"_s)));
    write(path(u"logs/a.log"_s), "x");
    const DiskRuleConfig files{DiskRuleConfig::Kind::Files, {}, {}, path(u"logs"_s), {u"*.log"_s}, 0, 0, {}};
    const DiskRuleConfig none{DiskRuleConfig::Kind::Files, {}, {}, path(u"logs"_s), {u"*.old"_s}, 0, 0, {}};
    const DiskRuleConfig journal{DiskRuleConfig::Kind::Journal, {}, {}, {}, {}, 0, 0, {}};
    for (const DiskRuleConfig &rule : {files, none, journal})
        QVERIFY(diskRight(rule).state == RightState::Permitted);
    {
        const AsNobody nobody;
        QVERIFY2(diskRight(files).state == RightState::Refused && diskRight(files).why.contains(u"nobody may not delete in"), qPrintable(diskRight(files).why));
        QVERIFY(diskRight(none).state == RightState::Refused);
        QVERIFY2(diskRight(journal).why.startsWith(u"only root may make the journal smaller"), qPrintable(diskRight(journal).why));
    }
    QVERIFY(chown(QFile::encodeName(path(u"logs"_s)).constData(), 65534, 65534) == 0);
    const AsNobody nobody;
    QVERIFY(diskRight(files).state == RightState::Permitted && diskRight(none).state == RightState::Permitted);
}

void TestRights::theWorstOfAllCounts()
{
    write(path(u"web.conf"_s), "[x]\ntimeout=5\n");
    ServiceConfig service = unitService(u"pr-allowed"_s);
    service.timeouts << TimeoutConfig{u"t"_s, path(u"web.conf"_s), FileFormat::Systemd, u"x/timeout"_s, u"s"_s, 1.5, 60, ApplyBy::Restart};
    RightState unit = RightState::Permitted, reload = RightState::Permitted;
    RightsEdge edge{[&unit](const QString &, bool) { return Right{unit, u"unit"_s}; }, [&reload](bool) { return Right{reload, u"reload"_s}; }, {}, {}};
    const auto adjusting = [&] {
        for (const RightVerdict &verdict : rightsOf(service, edge)) {
            if (verdict.what == u"adjust_timeout")
                return verdict;
        }
        return RightVerdict{};
    };
    QVERIFY2(adjusting().state == RightState::Permitted, qPrintable(adjusting().why));
    reload = RightState::NeedsPerson;
    QVERIFY(adjusting().state == RightState::NeedsPerson);
    QCOMPARE(adjusting().why, u"reload"_s); // what is permitted is not named
    unit = RightState::NeedsPerson;
    QCOMPARE(adjusting().why, u"unit; reload"_s);
    const AsNobody nobody;
    QVERIFY(adjusting().state == RightState::Refused);
    QVERIFY2(adjusting().why.contains(path(u"web.conf"_s)) && !adjusting().why.contains(u"reload"), qPrintable(adjusting().why));
}

void TestRights::withoutBusOrPolkit()
{
    const auto noBus = askAsNobody({u"pr-allowed"_s}, {u"DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent"_s});
    QVERIFY2(noBus[u"pr-allowed"_s].startsWith(u"refused: no system bus"), qPrintable(noBus[u"pr-allowed"_s]));
    systemctl({u"mask"_s, u"--runtime"_s, u"--now"_s, u"polkit"_s});
    const auto told = askAsNobody({u"pr-allowed"_s, u"pr-asked"_s});
    for (const QString &name : {u"pr-allowed"_s, u"pr-asked"_s, u"reload"_s}) {
        QVERIFY2(told[name].startsWith(u"refused: only root may ") && told[name].contains(u"install and start polkitd"), qPrintable(name + u" "_s + told[name]));
    }
    QVERIFY(restartCodeAsNobody(u"pr-allowed.service"_s) != 0);
    QVERIFY(realRights().changeUnit(u"pr-denied.service"_s, false).state == RightState::Permitted); // root needs none
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--as-nobody")
        return tellAsNobody(app.arguments().mid(2));
    TestRights test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_rights.moc"
