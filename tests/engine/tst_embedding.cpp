// The program of resources/examples/embedding does what its first lines say.
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace {

// It ends with 124 by itself, three seconds after each start: time enough to pass the settling once restarted.
constexpr auto shortLived = R"(self_healing:
  mode: automatic
  services:
    - name: shortlived
      manager: process
      command: [/usr/bin/timeout, "3", /bin/sleep, infinity]
  recovery: {settle: 1s, backoff: {initial: 100ms}}
)";

struct Outcome {
    int code = -1;
    QString output;
};

} // namespace

class TestEmbedding : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void healsACrash();
    void endsWhenItsTimeIsOver();
    void brokenConfiguration();
    void stateDirectoryIsTaken();
    void wrongCall();

private:
    static inline const QString program = QStringLiteral(BUILD_DIR "/bin/embedding");
    [[nodiscard]] QStringList arguments(const QByteArray &config, int seconds) const
    {
        QFile file(m_dir.filePath(u"config.yaml"_s));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(config) != config.size())
            qFatal("cannot write the configuration");
        file.setPermissions(QFileDevice::ReadOwner | QFileDevice::WriteOwner);
        return {file.fileName(), m_dir.filePath(QString::fromLatin1(QTest::currentTestFunction())), QString::number(seconds)};
    }
    [[nodiscard]] static Outcome run(const QStringList &arguments)
    {
        QProcess process;
        process.start(program, arguments);
        if (!process.waitForFinished(60'000) || process.exitStatus() != QProcess::NormalExit)
            return {-1, process.errorString() + QString::fromUtf8(process.readAll())};
        return {process.exitCode(), QString::fromUtf8(process.readAll())};
    }

    QTemporaryDir m_dir;
};

void TestEmbedding::healsACrash()
{
    const Outcome outcome = run(arguments(shortLived, 40));
    QVERIFY2(outcome.code == 0, qPrintable(outcome.output));
    // In this order, other lines between them.
    const QStringList story{u"ready: .*"_s, u"recovery: restart_service shortlived in_progress, not verified"_s, u"health: shortlived critical: .*"_s,
                            u"detected: shortlived .* code 124 .*"_s, u"recovering: shortlived .*"_s, u"recovery: restart_service shortlived completed, not verified"_s,
                            u"verifying: shortlived .*"_s, u"recovery: restart_service shortlived completed, verified"_s, u"resolved: shortlived .*"_s};
    const QStringList lines = outcome.output.split(u'\n');
    qsizetype at = 0;
    for (const QString &wanted : story) {
        at = lines.indexOf(QRegularExpression(wanted), at);
        if (at < 0)
            qWarning().noquote() << outcome.output;
        QVERIFY2(at >= 0, qPrintable(u"not next in the output: "_s + wanted));
    }
    QVERIFY2(!outcome.output.contains(u"error: "_s), qPrintable(outcome.output));
}

void TestEmbedding::endsWhenItsTimeIsOver()
{
    const Outcome outcome = run(arguments("self_healing: {mode: observe}\n", 1));
    QVERIFY2(outcome.code == 1, qPrintable(outcome.output));
    QVERIFY2(outcome.output.contains(u"ready: "_s), qPrintable(outcome.output));
}

void TestEmbedding::brokenConfiguration()
{
    const Outcome outcome = run(arguments("self_healing: {mod: observe}\n", 5));
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.output.startsWith(u"config: "_s) && outcome.output.contains(u"mode"_s), qPrintable(outcome.output));
    QVERIFY(!outcome.output.contains(u"ready"_s));
}

void TestEmbedding::stateDirectoryIsTaken()
{
    const QStringList call = arguments("self_healing: {mode: observe}\n", 30);
    QProcess first;
    first.start(program, call);
    QTRY_VERIFY_WITH_TIMEOUT(first.canReadLine(), 20'000); // "ready"
    const Outcome outcome = run(call);
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.output.startsWith(u"error: "_s), qPrintable(outcome.output));
    QVERIFY2(outcome.output.contains(QString::number(first.processId())), qPrintable(outcome.output));
    first.kill();
    QVERIFY(first.waitForFinished());
}

void TestEmbedding::wrongCall()
{
    const Outcome outcome = run({u"one"_s});
    QCOMPARE(outcome.code, 2);
    QVERIFY(outcome.output.startsWith(u"call: embedding "_s));
}

QTEST_GUILESS_MAIN(TestEmbedding)
#include "tst_embedding.moc"
