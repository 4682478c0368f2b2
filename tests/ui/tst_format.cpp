// Words, numbers and times as operators read them.
#include "ui/text/Format.h"
#include "ui/text/HeaderText.h"
#include "ui/text/Words.h"

#include <QLocale>
#include <QTest>
#include <limits>

using namespace prunella;

class TestFormat : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void values_data();
    void values();
    void durations_data();
    void durations();
    void relativeTimes();
    void everyWordIsSaid();
    void headerSentences();
};

namespace {
QString plain(QString text)
{
    return text.replace(QChar(0xA0), u' ');
}
}

void TestFormat::values_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<QString>("unit");
    QTest::addColumn<QString>("text");
    const auto add = [](double value, const char *unit, const char *text) {
        QTest::newRow(text) << value << QString::fromLatin1(unit) << QString::fromUtf8(text);
    };
    add(12.34, "%", "12.3 %");
    add(100, "%", "100 %");
    add(0.128, "%", "0.13 %");
    add(0, "%", "0 %");
    add(840, "ms", "840 ms");
    add(1440, "ms", "1.4 s");
    add(1536, "B", "1.5 KiB");
    add(1.3e6, "B/s", "1.2 MiB/s");
    add(7e15, "B", "6.2 PiB");
    add(2.5, "1/s", "2.5/s");
    add(3, "", "3");
    add(-2.24, "", "-2.2");
    add(std::numeric_limits<double>::quiet_NaN(), "%", "–");
    add(std::numeric_limits<double>::infinity(), "B", "–");
}

void TestFormat::values()
{
    QFETCH(double, value);
    QFETCH(QString, unit);
    QFETCH(QString, text);
    QCOMPARE(plain(formatValue(value, unit)), text);
}

void TestFormat::durations_data()
{
    QTest::addColumn<qint64>("ms");
    QTest::addColumn<QString>("text");
    const auto add = [](qint64 ms, const char *text) { QTest::newRow(text) << ms << QString::fromLatin1(text); };
    add(0, "0 ms");
    add(850, "850 ms");
    add(4200, "4.2 s");
    add(9'990, "9.9 s");
    add(12'900, "12 s");
    add(60'000, "1 min");
    add(200'000, "3 min 20 s");
    add(7'500'000, "2 h 5 min");
    add(532'800'000, "6 d 4 h");
    add(-60'000, "-1 min");
}

void TestFormat::durations()
{
    QFETCH(qint64, ms);
    QFETCH(QString, text);
    QCOMPARE(plain(formatDuration(ms)), text);
}

void TestFormat::relativeTimes()
{
    const qint64 now = 1'700'000'000'000;
    QCOMPARE(formatRelative(0, now), QString());
    QCOMPARE(formatRelative(now - 300, now), QStringLiteral("now"));
    QCOMPARE(plain(formatRelative(now - 12'400, now)), QStringLiteral("12 s ago"));
    QCOMPARE(plain(formatRelative(now - 200'000, now)), QStringLiteral("3 min ago"));
    QCOMPARE(plain(formatRelative(now + 40'000, now)), QStringLiteral("in 40 s"));
    QCOMPARE(plain(formatAge(420)), QStringLiteral("0.4 s"));
    QCOMPARE(plain(formatAge(-50)), QStringLiteral("0.0 s")); // a clock that was set back
    QCOMPARE(formatExact(0), QString());
}

void TestFormat::everyWordIsSaid()
{
    const auto said = [](auto first, auto last) {
        for (int i = int(first); i <= int(last); ++i) {
            if (words(decltype(first)(i)).isEmpty())
                return false;
        }
        return true;
    };
    QVERIFY(said(ErrorType::MemoryLeak, ErrorType::Unknown));
    QVERIFY(said(Severity::Low, Severity::Critical));
    QVERIFY(said(Health::Healthy, Health::Unknown));
    QVERIFY(said(IncidentStatus::Detected, IncidentStatus::Observed));
    QVERIFY(said(ActionType::RestartService, ActionType::FreeDiskSpace));
    QVERIFY(said(ActionStatus::Pending, ActionStatus::Unknown));
    QVERIFY(said(Mode::Observe, Mode::Automatic));
    QVERIFY(said(Reason::Allowed, lastReasonValue));
    QVERIFY(said(Verdict::Healed, Verdict::Unknown));
    QVERIFY(said(Manager::Systemd, Manager::Command));
    QVERIFY(said(Decision::Run, Decision::Refuse));
    QVERIFY(said(FailureKind::Failed, FailureKind::NoBus));
    RecoveryDecision decision;
    decision.reason = Reason::AttemptsExhausted;
    decision.detail = QStringLiteral("3 of 3 in 1 h");
    QCOMPARE(words(decision), QStringLiteral("all attempts are used up: 3 of 3 in 1 h"));
}

void TestFormat::headerSentences()
{
    EngineFrame frame;
    QCOMPARE(overallWords(frame), QStringLiteral("State unknown"));
    frame.overall = Health::Healthy;
    frame.components.append({QStringLiteral("web"), Health::Healthy, {}, 0, {}, {}, false, {}});
    QCOMPARE(overallWords(frame), QStringLiteral("All healthy"));
    QCOMPARE(countWords(frame), QStringLiteral("services healthy: 1 of 1"));
    frame.components.append({QStringLiteral("db"), Health::Critical, {}, 0, {}, {}, false, {}});
    QVERIFY(overallWords(frame).startsWith(QStringLiteral("1 critical")));
    QCOMPARE(plain(pauseWords({{}, 61'500, {}}, 1'000)), QStringLiteral("stopped for another 1 min"));
}

QTEST_GUILESS_MAIN(TestFormat)
#include "tst_format.moc"
