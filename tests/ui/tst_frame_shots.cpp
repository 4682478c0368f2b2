// Pictures of the console in both themes and sizes, with a real incident on screen: kept in BUILD_DIR/screenshots for a
// person to look at. The test itself checks what a machine can see: nothing is wider than its place.
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/SampleFrame.h"
#include "ui/MainWindow.h"
#include "ui/Theme.h"
#include "ui/overview/ChartGrid.h"
#include "ui/overview/OverviewPage.h"
#include "ui/overview/TileRow.h"

#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QScrollBar>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;
using sample::Start;

class TestFrameShots : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void overview_data();
    void overview();

private:
    QTemporaryDir m_home;
};

namespace {

/// An hour of values for every series of the frame.
void fillHistory(FakeEngineClient &client, int services, int mounts)
{
    for (qint64 at = Start - 3'600'000; at <= Start; at += at < Start - 300'000 ? 30'000 : 1000) {
        for (const MetricRow &row : sample::metrics(at, services, mounts))
            client.points[row.key].append({at, row.value, row.value, row.value});
    }
}

EngineFrame longTexts()
{
    EngineFrame frame = sample::frame(Start, 3, 12);
    frame.engine.storeDamaged = true;
    frame.engine.environment = u"production-eu-central"_s;
    frame.pauses.append({{}, Start + 3'599'000, u"uid 1000 (anna)"_s});
    frame.notices.append({u"config"_s, NoticeLevel::Warning,
                          u"The configuration was not taken: /etc/prunella/config.yaml:12:5: error: self_healing.recovery.settle: "
                          "“tomorrow” is no duration, expected a number with ms, s, m, h or d. The old one stays in effect."_s});
    frame.notices.append({u"store"_s, NoticeLevel::Error,
                          u"The database was damaged and set aside as prunella.db.2026-11-23T20-15-01; a new one was started."_s});
    frame.components[1].name = u"a-service-with-a-very-long-name-that-somebody-thought-was-a-good-idea"_s;
    for (MetricRow &row : frame.metrics) {
        if (row.key.metric == u"network_receive")
            row.value = 9.87e12;
    }
    return frame;
}

} // namespace

void TestFrameShots::initTestCase()
{
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QVERIFY(QDir().mkpath(QStringLiteral(BUILD_DIR "/screenshots")));
}

void TestFrameShots::overview_data()
{
    QTest::addColumn<int>("theme");
    QTest::addColumn<QSize>("size");
    QTest::addColumn<QString>("what");
    for (const auto theme : {Theme::Light, Theme::Dark}) {
        for (const QSize size : {QSize(1600, 900), QSize(1024, 700)}) {
            for (const char *what : {"usual", "empty", "many", "long"}) {
                QTest::addRow("%s-%s-%dx%d", what, theme == Theme::Dark ? "dark" : "light", size.width(), size.height())
                    << int(theme) << size << QString::fromLatin1(what);
            }
        }
    }
}

void TestFrameShots::overview()
{
    QFETCH(int, theme);
    QFETCH(QSize, size);
    QFETCH(QString, what);
    Theme::apply(*qApp, Theme::Choice(theme));
    FakeEngineClient client;
    const int services = what == u"many" ? 40 : 8, mounts = what == u"many" ? 12 : 3;
    fillHistory(client, services, mounts);
    client.setFrame(what == u"empty" ? EngineFrame{} : what == u"long" ? longTexts() : sample::frame(Start, services, mounts));
    MainWindow window(&client, nullptr, std::make_shared<ManualClock>(Start));
    window.resize(size);
    window.show();
    QTRY_VERIFY(window.isVisible());
    QCOMPARE(window.size(), size);
    auto *overview = window.findChild<OverviewPage *>();
    if (what != u"empty")
        QTRY_VERIFY(overview->grid()->charts().first()->pointCount() > 100);
    const ChartGrid *grid = overview->grid();
    QTRY_COMPARE(grid->widget()->height(), std::max(grid->viewport()->height(), grid->widget()->minimumSizeHint().height()));
    if (!grid->charts().isEmpty())
        QTRY_VERIFY(grid->charts().last()->geometry().bottom() < grid->widget()->height());
    QCOMPARE(overview->grid()->horizontalScrollBar()->maximum(), 0);
    const auto inside = [&window](const QWidget *widget) {
        return window.rect().contains(QRect(widget->mapTo(&window, QPoint()), widget->size()));
    };
    for (const Tile *tile : window.findChild<TileRow *>()->tiles())
        QTRY_VERIFY(inside(tile) && tile->width() >= tile->minimumSizeHint().width());
    for (const TimeChart *chart : overview->grid()->charts())
        QVERIFY(chart->pointCount() <= chart->width());
    const QPixmap picture = window.grab();
    QVERIFY(picture.save(QStringLiteral(BUILD_DIR "/screenshots/overview-%1.png").arg(QString::fromLatin1(QTest::currentDataTag()))));
}

QTEST_MAIN(TestFrameShots)
#include "tst_frame_shots.moc"
