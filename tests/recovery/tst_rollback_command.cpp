// labels: sandbox
// The published interface of deployments of the user's own: a real program that is given arguments and answers by exit codes.
#include "AsNobody.h"
#include "RollbackTest.h"

#include <QCoreApplication>
#include <QTemporaryDir>

#include <csignal>
#include <sys/stat.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// The user's program: FOLDER/release holds the release, FOLDER/answer the exit code, FOLDER/calls what it was called with.
int deployment(const QStringList &arguments)
{
    const QString folder = arguments.value(2), verb = arguments.value(3);
    QFile calls(folder + u"/calls"_s);
    if (calls.open(QIODevice::Append))
        calls.write(arguments.mid(3).join(u'|').toUtf8() + '\n');
    const QByteArray answer = bytesOf(folder + u'/' + verb);
    if (verb == u"current") {
        std::printf("%s", bytesOf(folder + u"/release"_s).constData());
        return answer.toInt();
    }
    if (answer == "hang")
        while (true)
            pause();
    if (answer == "0")
        writeFile(folder + u"/release"_s, arguments.value(6).toUtf8() + '\n');
    if (answer == "says so only")
        return 0;
    std::printf("answer %s", answer.constData());
    return answer.toInt();
}

} // namespace

class TestRollbackCommand : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void rollsBack();
    void exitCodes_data();
    void exitCodes();
    void hanging();
    void currentAnswers_data();
    void currentAnswers();
    void noProgram();

private:
    [[nodiscard]] Rollback rollback(int timeoutMs = 20'000) const;
    void answer(const QString &verb, const QByteArray &text) const { writeFile(m_dir->filePath(verb), text); }

    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestRollbackCommand::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    answer(u"release"_s, "2\n");
    answer(u"current"_s, "0");
}

Rollback TestRollbackCommand::rollback(int timeoutMs) const
{
    DeploymentConfig config;
    config.type = DeploymentType::Command;
    config.rollbackCommand = {QCoreApplication::applicationFilePath(), u"--deployment"_s, m_dir->path()};
    config.deployCommand = config.currentCommand = config.rollbackCommand;
    config.timeoutMs = timeoutMs;
    Rollback made(config);
    made.releases = goodReleases({u"1 with space"_s});
    return made;
}

void TestRollbackCommand::rollsBack()
{
    answer(u"rollback"_s, "0");
    const Rollback made = rollback();
    const Preflight look = made.look();
    QVERIFY2(!look.objection, look.objection ? qPrintable(look.objection->detail) : "");
    QVERIFY(!look.idempotent); // it may go on without us
    QCOMPARE(look.valueBefore, u"2"_s);
    const ActionRequest request = made.intentOf(look);
    QVERIFY2(made.describe(request).endsWith(u"\"rollback\", \"web\", \"2\", \"1 with space\"], at most 20 s; then restart web"_s),
             qPrintable(made.describe(request)));
    const ActionResult result = made.run(request);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(made.counted->count, 1);
    QCOMPARE(bytesOf(m_dir->filePath(u"calls"_s)),
             QByteArray("current|web\ncurrent|web\nrollback|web|2|1 with space\ncurrent|web\n"));
    QVERIFY(made.run(request).status == ActionStatus::Completed); // in place already: not called again
    QCOMPARE(bytesOf(m_dir->filePath(u"calls"_s)).count("rollback"), 1);
    QCOMPARE(made.counted->count, 2);
}

void TestRollbackCommand::exitCodes_data()
{
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("failure");
    const auto row = [](const char *name, const QByteArray &code, ActionStatus status, FailureKind failure) {
        QTest::newRow(name) << code << int(status) << int(failure);
    };
    row("1: there already, but it is not", "1", ActionStatus::Failed, FailureKind::Failed);
    row("0, but it is not there", "says so only", ActionStatus::Failed, FailureKind::Failed);
    row("2: nothing changed", "2", ActionStatus::Failed, FailureKind::Failed);
    row("3: halfway", "3", ActionStatus::Unknown, FailureKind::Failed);
    row("4: no rights", "4", ActionStatus::Failed, FailureKind::NotAuthorised);
    row("77: no word of the interface", "77", ActionStatus::Unknown, FailureKind::Failed);
}

void TestRollbackCommand::exitCodes()
{
    QFETCH(QByteArray, code);
    QFETCH(int, status);
    QFETCH(int, failure);
    answer(u"rollback"_s, code);
    const Rollback made = rollback();
    const ActionResult result = made.run(made.intent());
    QCOMPARE(int(result.status), status);
    QCOMPARE(int(result.failure), failure);
    QCOMPARE(made.counted->count, 0);
}

void TestRollbackCommand::hanging()
{
    answer(u"rollback"_s, "hang");
    const Rollback made = rollback(400);
    const ActionResult result = made.run(made.intent());
    QVERIFY(result.status == ActionStatus::Unknown && result.failure == FailureKind::Timeout);
    QVERIFY2(result.output.contains(u"did not end within its time"_s), qPrintable(result.output));
    QCOMPARE(made.counted->count, 0);
}

void TestRollbackCommand::currentAnswers_data()
{
    QTest::addColumn<QByteArray>("release");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<int>("reason");
    QTest::addColumn<QString>("words");
    QTest::newRow("two lines") << QByteArray("2\nwarning\n") << QByteArray("0") << int(Reason::NoAction) << u"expected one line"_s;
    QTest::newRow("nothing") << QByteArray() << QByteArray("0") << int(Reason::NoAction) << u"expected one line"_s;
    QTest::newRow("fails") << QByteArray("2") << QByteArray("2") << int(Reason::NoAction) << u"current: exit status 2"_s;
    QTest::newRow("no rights") << QByteArray("2") << QByteArray("4") << int(Reason::NotAuthorised) << u"current: exit status 4"_s;
}

void TestRollbackCommand::currentAnswers()
{
    QFETCH(QByteArray, release);
    QFETCH(QByteArray, code);
    QFETCH(int, reason);
    QFETCH(QString, words);
    answer(u"release"_s, release);
    answer(u"current"_s, code);
    const Preflight look = rollback().look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse);
    QCOMPARE(int(look.objection->reason), reason);
    QVERIFY2(look.objection->detail.contains(words), qPrintable(look.objection->detail));
}

void TestRollbackCommand::noProgram()
{
    Rollback made = rollback();
    made.service.deployment->rollbackCommand = {u"/no/such/program"_s};
    const Preflight look = made.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse);
    QVERIFY2(look.objection->detail.contains(u"cannot execute /no/such/program"_s), qPrintable(look.objection->detail));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--deployment"_s)
        return deployment(app.arguments());
    TestRollbackCommand test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_rollback_command.moc"
