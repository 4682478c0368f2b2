// What was changed just before, or what the log says, makes a crash a failed deployment or a configuration error.
#include "core/diagnosis/TypeByChange.h"

#include <QTest>

#include <sys/wait.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;
constexpr qint64 minute = 60'000;

ErrorEvent crash(ConditionKind kind = ConditionKind::UnitFailed)
{
    ErrorEvent event;
    event.condition.kind = kind;
    event.condition.component = u"web"_s;
    event.type = ErrorType::ServiceCrash;
    event.startedWallMs = wall0;
    event.wallMs = wall0 + 5;
    return event;
}

ErrorEvent silence(ErrorType type)
{
    ErrorEvent event = crash(ConditionKind::CheckFailing);
    event.type = type;
    return event;
}

ChangeRecord change(ChangeKind kind, qint64 minutesBefore, const QString &component = u"web"_s)
{
    ChangeRecord record;
    record.kind = kind;
    record.component = component;
    record.subject = u"/etc/web.yaml"_s;
    record.detail = kind == ChangeKind::Deployment ? u"web was deployed: 1.4.1 -> 1.4.2"_s : QString();
    record.at = wall0 - minutesBefore * minute;
    return record;
}

LogLine line(const char *text, qint64 msBefore = 100, const QString &component = u"web"_s)
{
    LogLine result;
    result.component = component;
    result.text = text;
    result.wallMs = wall0 - msBefore;
    return result;
}

const ProcessEnd exit1{false, 1};
const ProcessEnd outside{true, 9, u"signal"_s};
using Changes = QList<ChangeRecord>;
using Lines = QList<LogLine>;

} // namespace

class TestTypeByChange : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void types_data();
    void types();
    void logWords_data();
    void logWords();
    void sentences();
    void ends();
};

void TestTypeByChange::types_data()
{
    QTest::addColumn<ErrorEvent>("event");
    QTest::addColumn<Changes>("changes");
    QTest::addColumn<std::optional<ProcessEnd>>("end");
    QTest::addColumn<QString>("type");
    const auto row = [](const char *name, const ErrorEvent &event, const Changes &changes, const std::optional<ProcessEnd> &end, const char *type) {
        QTest::newRow(name) << event << changes << end << QString::fromLatin1(type);
    };
    const auto deployed = change(ChangeKind::Deployment, 3), file = change(ChangeKind::ConfigFile, 3), package = change(ChangeKind::Package, 3);
    row("exit 1, nothing changed", crash(), {}, exit1, "");
    row("exit 1 after a deployment", crash(), {deployed}, exit1, "deployment_failure");
    row("the deployment is older", crash(), {change(ChangeKind::Deployment, 11)}, exit1, "");
    row("the deployment came after", crash(), {change(ChangeKind::Deployment, -1)}, exit1, "");
    row("the deployment is another service's", crash(), {change(ChangeKind::Deployment, 3, u"db"_s)}, exit1, "");
    row("exit 1 after its package", crash(), {package}, exit1, "deployment_failure");
    row("a package of the whole machine", crash(), {change(ChangeKind::Package, 3, {})}, exit1, "");
    row("exit 1 after its file", crash(), {file}, exit1, "configuration_error");
    row("the file is the newer one", crash(), {deployed, change(ChangeKind::ConfigFile, 1)}, exit1, "configuration_error");
    row("the deployment is the newer one", crash(), {change(ChangeKind::ConfigFile, 5), deployed}, exit1, "deployment_failure");
    row("exit 78", crash(), {}, ProcessEnd{false, 78}, "configuration_error");
    row("exit 78 after a deployment", crash(), {deployed}, ProcessEnd{false, 78}, "deployment_failure");
    row("kill -9 after a deployment", crash(), {deployed}, outside, "");
    row("SIGSEGV after a deployment", crash(), {deployed}, ProcessEnd{true, 11, u"core-dump"_s}, "deployment_failure");
    row("start timeout after a deployment", crash(), {deployed}, ProcessEnd{true, 9, u"timeout"_s}, "deployment_failure");
    row("restart loop after a deployment", crash(ConditionKind::RestartLoop), {deployed}, exit1, "deployment_failure");
    row("own process after a deployment", crash(ConditionKind::ProcessExited), {deployed}, exit1, "deployment_failure");
    row("its end is not known", crash(), {deployed}, std::nullopt, "deployment_failure");
    row("silent after a deployment", silence(ErrorType::NetworkTimeout), {deployed}, std::nullopt, "deployment_failure");
    row("silent after its file", silence(ErrorType::NetworkTimeout), {file}, std::nullopt, "");
    row("HTTP 500 after a deployment: its own tree knows", silence(ErrorType::ApiFailure), {deployed}, std::nullopt, "");
    ErrorEvent over = crash();
    over.cleared = true;
    row("it is over", over, {deployed}, exit1, "");
}

void TestTypeByChange::types()
{
    QFETCH(ErrorEvent, event);
    QFETCH(Changes, changes);
    QFETCH(std::optional<ProcessEnd>, end);
    QFETCH(QString, type);
    const auto found = typeByChange(event, changes, {}, end);
    QCOMPARE(found ? toString(found->type) : QString(), type);
    QCOMPARE(found.has_value(), found && !found->sentence.isEmpty());
}

void TestTypeByChange::logWords_data()
{
    QTest::addColumn<LogLine>("said");
    QTest::addColumn<bool>("configuration");
    QTest::newRow("nginx") << line("nginx: [emerg] unknown directive \"servr\" in /etc/nginx/nginx.conf:12") << true;
    QTest::newRow("syntax") << line("/etc/web.conf:3: syntax error") << true;
    QTest::newRow("variable") << line("fatal: missing environment variable DATABASE_URL") << true;
    QTest::newRow("variable, otherwise said") << line("environment variable DATABASE_URL is not set") << true;
    QTest::newRow("invalid") << line("invalid configuration: port 99999") << true;
    QTest::newRow("ordinary") << line("listening on 8080") << false;
    QTest::newRow("a client's SQL") << line("ERROR:  syntax error at or near \"FORM\" at character 10") << false;
    QTest::newRow("long ago") << line("unknown directive", 3 * minute) << false;
    QTest::newRow("another service's") << line("unknown directive", 100, u"db"_s) << false;
}

void TestTypeByChange::logWords()
{
    QFETCH(LogLine, said);
    QFETCH(bool, configuration);
    QCOMPARE(typeByChange(crash(), {}, {line("starting"), said}, exit1).has_value(), configuration);
    QVERIFY(!typeByChange(crash(), {}, {said}, outside)); // killed: what it said before is not why
}

void TestTypeByChange::sentences()
{
    QCOMPARE(typeByChange(crash(), {change(ChangeKind::Deployment, 3)}, {}, exit1)->sentence,
             u"web failed 3 min after web was deployed: 1.4.1 -> 1.4.2"_s);
    QCOMPARE(typeByChange(crash(), {change(ChangeKind::ConfigFile, 2)}, {}, exit1)->sentence, u"web failed 2 min after /etc/web.yaml was changed"_s);
    QCOMPARE(typeByChange(crash(), {}, {line("  syntax   error in line 3 ")}, exit1)->sentence, u"web says in its log: syntax error in line 3"_s);
}

void TestTypeByChange::ends()
{
    UnitState unit;
    QVERIFY(!processEnd(unit));
    unit.exitCode = CLD_DUMPED;
    unit.exitStatus = 11;
    unit.result = u"core-dump"_s;
    QCOMPARE(processEnd(unit)->bySignal, true);
    QCOMPARE(processEnd(unit)->number, 11);
    ProcessState process{u"web"_s, 77, false, true, false, 78, false};
    QCOMPARE(processEnd(process)->number, 78);
    process.exitKnown = false; // adopted: its status belongs to another parent
    QVERIFY(!processEnd(process));
}

QTEST_GUILESS_MAIN(TestTypeByChange)
#include "tst_type_by_change.moc"
