// What the console says of earlier incidents of the same kind; a picture of it in BUILD_DIR/screenshots.
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/IncidentSamples.h"
#include "tests/ui/PatternSamples.h"
#include "ui/Theme.h"
#include "ui/incidents/IncidentsPage.h"
#include "ui/incidents/SeenBeforeText.h"

#include <QDir>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::crash;
using samples::Now;
using samples::text;

namespace {

/// Numbers keep to their units with a space that does not break.
QString plain(QString line)
{
    return line.replace(QChar(0xA0), u' ');
}

} // namespace

class TestSeenBefore : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase()
    {
        QLocale::setDefault(QLocale::c());
        QVERIFY(QDir().mkpath(QStringLiteral(BUILD_DIR "/screenshots")));
    }
    void sentences();
    void periodsAndDeployments();
    void shownWithItsIncidentOnly();
    void pictures_data();
    void pictures();

private:
    static void show(FakeEngineClient &client, const QList<IncidentPattern> &patterns)
    {
        EngineFrame frame;
        frame.wallMs = Now;
        frame.open = {crash("web", IncidentStatus::AwaitingApproval, Now - 60'000, "open")};
        frame.recent = {crash("db", IncidentStatus::Resolved, Now - 7'200'000, "recent")};
        frame.patterns = patterns;
        client.setFrame(frame);
    }
};

void TestSeenBefore::sentences()
{
    QStringList lines = seenBefore(samples::patterns(Now));
    std::ranges::transform(lines, lines.begin(), plain);
    QCOMPARE(lines.size(), 4);
    for (const char *part : {"7 times in 8 d", "came again 6 of 6", "61 %", "Restart service healed it 6 of 7 times"})
        QVERIFY2(lines[0].contains(text(part)), qPrintable(lines[0]));
    for (const char *part : {"Daily, about 02:00", "± 12 min", "6 of 7", "49 %"})
        QVERIFY2(lines[1].contains(QString::fromUtf8(part)), qPrintable(lines[1]));
    QVERIFY2(!lines[1].contains(text("healed")), qPrintable(lines[1])); // said already
    for (const char *part : {"on db", "5 min", "4 of 5"})
        QVERIFY2(lines[2].contains(text(part)), qPrintable(lines[2]));
    for (const char *part : {"After host/disk_full, then db/database_connection", "2 of 2", "34 %", "healed it 2 of 2 times"})
        QVERIFY2(lines[3].contains(text(part)), qPrintable(lines[3]));
    QVERIFY(seenBefore({}).isEmpty());
}

void TestSeenBefore::periodsAndDeployments()
{
    IncidentPattern pattern = samples::patterns(Now).at(1);
    pattern.period = PatternPeriod::Week;
    pattern.phaseMinute = 2 * 1440 + 390;
    QVERIFY2(sentenceOf(pattern).startsWith(text("Weekly, Wednesday about 06:30")), qPrintable(sentenceOf(pattern)));
    pattern.period = PatternPeriod::Hour;
    pattern.phaseMinute = 5;
    QVERIFY(sentenceOf(pattern).startsWith(text("Hourly, about minute 5")));
    pattern.kind = PatternKind::FollowsDeployment;
    pattern.predecessor = text("web");
    pattern.lagMs = 300'000;
    QVERIFY(plain(sentenceOf(pattern)).startsWith(text("After a deployment of web, by 5 min (")));
}

void TestSeenBefore::shownWithItsIncidentOnly()
{
    FakeEngineClient client;
    show(client, samples::patterns(Now));
    IncidentsPage page(&client);
    page.resize(1450, 840);
    page.show();
    const auto *section = page.findChild<QLabel *>(text("seenBefore"));
    QVERIFY(section && section->isVisible());
    QVERIFY2(plain(section->text()).contains(text("7 times in 8 d")), qPrintable(section->text()));
    page.showIncident(text("recent")); // of another component: nothing like it was seen
    QVERIFY(!section->isVisible());
    page.showIncident(text("open"));
    QVERIFY(section->isVisible());
    show(client, {});
    QVERIFY(!section->isVisible());
}

void TestSeenBefore::pictures_data()
{
    QTest::addColumn<int>("theme");
    QTest::addColumn<QSize>("size");
    QTest::newRow("light") << int(Theme::Light) << QSize(1450, 840);
    QTest::newRow("dark-narrow") << int(Theme::Dark) << QSize(700, 840);
}

void TestSeenBefore::pictures()
{
    QFETCH(int, theme);
    QFETCH(QSize, size);
    Theme::apply(*qApp, Theme::Choice(theme));
    FakeEngineClient client;
    show(client, samples::patterns(Now));
    IncidentsPage page(&client);
    page.resize(size);
    page.show();
    QTRY_VERIFY(page.isVisible());
    const auto *section = page.findChild<QLabel *>(text("seenBefore"));
    QTRY_VERIFY(section->height() >= section->heightForWidth(section->width())); // nothing is cut
    QVERIFY(page.grab().save(QStringLiteral(BUILD_DIR "/screenshots/seen-before-%1.png").arg(QString::fromLatin1(QTest::currentDataTag()))));
}

QTEST_MAIN(TestSeenBefore)
#include "tst_seen_before.moc"
