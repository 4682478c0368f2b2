// Which action comes next, for which kind of service, under which mode; and the name of a plan.
#include "core/recovery/Planner.h"

#include <QSet>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

ServiceConfig managed(Manager manager = Manager::Systemd)
{
    ServiceConfig service;
    service.name = u"web"_s;
    service.manager = manager;
    return service;
}

Diagnosis recommending(const QList<ActionType> &actions)
{
    Diagnosis diagnosis;
    diagnosis.actions = actions;
    return diagnosis;
}

std::function<bool(ActionType)> left(const QSet<int> &types)
{
    return [types](ActionType type) { return types.contains(int(type)); };
}

constexpr auto restart = ActionType::RestartService;
constexpr auto scale = ActionType::ScaleResources;
constexpr auto check = ActionType::HealthCheck;

} // namespace

class TestPlanner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void supported_data();
    void supported();
    void fileActionsNeedTheirKeys();
    void healthCheckNeedsChecks();
    void plans_data();
    void plans();
    void asksOnlyForWhatCanBeDone();
    void theMostSpecificModeCounts();
    void planHashNamesThePlan();
};

void TestPlanner::supported_data()
{
    QTest::addColumn<int>("manager");
    QTest::addColumn<bool>("restarts");
    QTest::newRow("systemd") << int(Manager::Systemd) << true;
    QTest::newRow("systemd-user") << int(Manager::SystemdUser) << true;
    QTest::newRow("process") << int(Manager::Process) << true;
    QTest::newRow("container") << int(Manager::Container) << true;
    QTest::newRow("command") << int(Manager::Command) << false;
}

void TestPlanner::supported()
{
    QFETCH(int, manager);
    QFETCH(bool, restarts);
    const ServiceConfig service = managed(Manager(manager));
    QCOMPARE(isSupported(restart, &service), restarts);
    for (const ActionType type : {scale, ActionType::RollbackDeployment, ActionType::IncreaseResources, ActionType::AdjustTimeout,
                                  check, ActionType::RunCommand, ActionType::FreeDiskSpace})
        QVERIFY2(!isSupported(type, &service), qPrintable(toString(type)));
    QCOMPARE(isSupported(ActionType::EnableMonitoring, &service), restarts); // what has a process can be looked at
    QVERIFY(!isSupported(restart, nullptr)); // the host itself
}

/// What is configured can be done; a value in a file only where the manager can make it effective.
void TestPlanner::fileActionsNeedTheirKeys()
{
    for (const Manager manager : {Manager::Systemd, Manager::SystemdUser, Manager::Process, Manager::Container, Manager::Command}) {
        ServiceConfig service = managed(manager);
        service.timeouts.append(TimeoutConfig{});
        service.commands.append(CommandConfig{});
        service.diskRules.append(DiskRuleConfig{});
        QCOMPARE(isSupported(ActionType::AdjustTimeout, &service), manager != Manager::Command);
        QVERIFY(isSupported(ActionType::RunCommand, &service));
        QVERIFY(isSupported(ActionType::FreeDiskSpace, &service));
    }
    Config config;
    QVERIFY(!isSupported(ActionType::FreeDiskSpace, nullptr));
    config.diskRules.append(DiskRuleConfig{});
    const ServiceConfig host = hostTarget(config);
    QVERIFY(isSupported(ActionType::FreeDiskSpace, &host));
    QVERIFY(!isSupported(restart, &host));
}

void TestPlanner::healthCheckNeedsChecks()
{
    ServiceConfig service = managed(Manager::Container);
    QVERIFY(!isSupported(check, &service));
    service.health.append(HealthCheckConfig{});
    QVERIFY(isSupported(check, &service)); // whoever manages it
    QVERIFY(!isSupported(check, nullptr));
}

void TestPlanner::plans_data()
{
    QTest::addColumn<QList<int>>("actions");
    QTest::addColumn<QList<int>>("attemptsLeft");
    QTest::addColumn<int>("chosen"); // -1: nothing
    QTest::addColumn<bool>("supported");
    const int r = int(restart), s = int(scale), c = int(check);
    QTest::newRow("nothing recommended") << QList<int>{} << QList<int>{r} << -1 << false;
    QTest::newRow("the first") << QList<int>{r, c} << QList<int>{r, c} << r << true;
    QTest::newRow("the first is used up") << QList<int>{r, c} << QList<int>{c} << c << true;
    QTest::newRow("the first cannot be done") << QList<int>{s, r} << QList<int>{s, r} << r << true;
    QTest::newRow("all used up: the last, to be refused with the count") << QList<int>{r, c} << QList<int>{} << c << true;
    QTest::newRow("used up, and one that cannot be done") << QList<int>{r, s} << QList<int>{s} << r << true;
    QTest::newRow("only what cannot be done") << QList<int>{s} << QList<int>{s} << s << false;
    QTest::newRow("of what cannot be done, the first") << QList<int>{s, int(ActionType::RunCommand)} << QList<int>{s} << s << false;
}

void TestPlanner::plans()
{
    QFETCH(QList<int>, actions);
    QFETCH(QList<int>, attemptsLeft);
    QFETCH(int, chosen);
    QFETCH(bool, supported);
    ServiceConfig service = managed();
    service.health.append(HealthCheckConfig{});
    QList<ActionType> types;
    for (const int action : actions)
        types.append(ActionType(action));
    const auto planned = plan(recommending(types), &service, left(QSet<int>(attemptsLeft.begin(), attemptsLeft.end())));
    QCOMPARE(planned ? int(planned->type) : -1, chosen);
    QCOMPARE(planned && planned->supported, supported);
}

void TestPlanner::asksOnlyForWhatCanBeDone()
{
    const auto planned = plan(recommending({restart}), nullptr, [](ActionType) { return true; });
    QVERIFY(planned);
    QVERIFY(!planned->supported); // the policy refuses it with its reason
}

void TestPlanner::theMostSpecificModeCounts()
{
    Config config;
    config.mode = Mode::Approve;
    ServiceConfig service = managed();
    QCOMPARE(toString(effectiveMode(config, nullptr, restart)), u"approve"_s);
    QCOMPARE(toString(effectiveMode(config, &service, restart)), u"approve"_s);
    config.recovery.actions[restart] = Mode::Automatic;
    QCOMPARE(toString(effectiveMode(config, nullptr, restart)), u"automatic"_s);
    QCOMPARE(toString(effectiveMode(config, &service, restart)), u"automatic"_s);
    QCOMPARE(toString(effectiveMode(config, &service, scale)), u"approve"_s);
    service.recovery.mode = Mode::Observe;
    QCOMPARE(toString(effectiveMode(config, &service, restart)), u"observe"_s);
    service.recovery.actions[restart] = Mode::Approve;
    QCOMPARE(toString(effectiveMode(config, &service, restart)), u"approve"_s);
    QCOMPARE(toString(effectiveMode(config, &service, scale)), u"observe"_s);
}

void TestPlanner::planHashNamesThePlan()
{
    const QString hash = planHash(u"i"_s, restart, u"RestartUnit(\"web.service\")"_s);
    QCOMPARE(hash.size(), 16);
    QCOMPARE(planHash(u"i"_s, restart, u"RestartUnit(\"web.service\")"_s), hash);
    const QSet<QString> others{hash, planHash(u"j"_s, restart, u"RestartUnit(\"web.service\")"_s),
                               planHash(u"i"_s, check, u"RestartUnit(\"web.service\")"_s),
                               planHash(u"i"_s, restart, u"RestartUnit(\"db.service\")"_s)};
    QCOMPARE(others.size(), 4);
}

QTEST_GUILESS_MAIN(TestPlanner)
#include "tst_planner.moc"
