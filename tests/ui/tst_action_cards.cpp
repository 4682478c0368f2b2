#include "tests/support/FakeEngineClient.h"
#include "tests/ui/Accessible.h"
#include "tests/ui/RecoverySamples.h"
#include "tests/ui/TextOf.h"
#include "ui/incidents/ActionCards.h"
#include "ui/incidents/ActionText.h"
#include "ui/incidents/AttachmentWindow.h"

#include <QTemporaryDir>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::Now;
using samples::text;

namespace {

/// Cards of one incident in a window; the newest action is the first card.
struct Fixture
{
    QTemporaryDir folder;
    QString snapshot = folder.filePath(text("leak-look-1.txt"));
    ActionCards cards;

    Fixture()
    {
        cards.resize(560, 900);
        cards.show();
        cards.setIncident(samples::raisedAndTakenBack(Now, snapshot));
    }
    QString card(int index) const { return samples::textOf(*cards.findChildren<QFrame *>(text("actionCard"))[index]); }
    void write(const QByteArray &bytes) const
    {
        QFile file(snapshot);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
    }
    AttachmentWindow *open()
    {
        QTest::mouseClick(cards.findChild<QPushButton *>(text("showSnapshot")), Qt::LeftButton);
        return cards.findChild<AttachmentWindow *>();
    }
};

QString note(const QWidget &window) { return window.findChild<QLabel *>(text("attachmentNote"))->text(); }
QString content(const QWidget &window) { return window.findChild<QPlainTextEdit *>()->toPlainText(); }

} // namespace

class TestActionCards : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void valuesAreReadable_data();
    void valuesAreReadable();
    void cardTellsTheWholeStory();
    void undoTellsWhatItTakesBack();
    void shadowIsToldOnce();
    void changesAreShown();
    void snapshotOpens();
    void aHugeSnapshotIsCut();
    void aMissingSnapshotSaysSo();
    void everythingHasAName();
};

void TestActionCards::valuesAreReadable_data()
{
    QTest::addColumn<QString>("subject");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *subject, const char *before, const char *target, const char *words) {
        QTest::newRow(subject) << text(subject) << text(before) << text(target) << text(words);
    };
    row("memory", "268435456", "335544320", "memory limit: 256 MiB → 320 MiB");
    row("cpu", "100", "125", "CPU limit: 100 % of one core → 125 % of one core");
    row("tasks", "512", "640", "limit of tasks: 512 → 640");
    row("files", "1024", "infinity", "limit of open files: 1024 → no limit");
    row("instances", "2", "3", "instances: 2 → 3");
    row("release", "2.4.1", "2.4.0", "release: 2.4.1 → 2.4.0");
    row("upstream", "30s", "45s", "upstream: 30s → 45s");
    row("vacuum", "", "", "vacuum");
    row("reload", "", "", "a reload is enough, it is not restarted");
    row("", "", "", "");
}

void TestActionCards::valuesAreReadable()
{
    QFETCH(QString, subject);
    QFETCH(QString, before);
    QFETCH(QString, target);
    QFETCH(QString, words);
    RecoveryActionRecord action;
    action.subject = subject;
    action.valueBefore = before;
    action.valueTarget = target;
    QCOMPARE(changeWords(action).replace(QChar(0xA0), u' '), words);
    QCOMPARE(valueWords(text("release"), text("sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")), text("sha256:9f86d081884c"));
}

void TestActionCards::cardTellsTheWholeStory()
{
    Fixture f;
    const QString raise = f.card(3);
    for (const char *part : {"Increase resources on web: Taken back, did not help", "memory limit: 256 MiB → 320 MiB", "procedure memory_leak, step raise",
                             "taken back by: Increase resources of ", "uid 1000 (anna) from pts/3 at ", "uid 1001 (ben) from console at "})
        QVERIFY2(raise.contains(text(part)), qPrintable(text(part) + text(" is not in ") + raise));
}

void TestActionCards::undoTellsWhatItTakesBack()
{
    Fixture f;
    const QString back = f.card(2);
    QVERIFY2(back.contains(text("takes back: Increase resources of ")), qPrintable(back));
    QVERIFY2(back.contains(text("memory limit: 320 MiB → 256 MiB")), qPrintable(back));
    QVERIFY(!back.contains(text("Approved by")));
}

void TestActionCards::shadowIsToldOnce()
{
    Fixture f;
    const QString shadow = f.card(0);
    QCOMPARE(shadow.count(text("shadow mode")), 1);
    QVERIFY2(shadow.contains(text("Restart service on web: Refused")), qPrintable(shadow));
    QVERIFY(shadow.contains(text("otherwise it would have been done")));
}

void TestActionCards::changesAreShown()
{
    Fixture f;
    Incident incident = samples::raisedAndTakenBack(Now, f.snapshot);
    const QPointer<QFrame> before = f.cards.findChildren<QFrame *>(text("actionCard")).first();
    f.cards.setIncident(incident);
    QVERIFY(before); // the same again: a selection survives
    incident.actions[0].undoneBy.clear();
    f.cards.setIncident(incident);
    QVERIFY(!f.card(3).contains(text("taken back by")));
}

void TestActionCards::snapshotOpens()
{
    Fixture f;
    f.write("== top processes\n4711 web 812 MiB\n");
    AttachmentWindow *window = f.open();
    QVERIFY(window);
    QVERIFY(window->isVisible());
    QTRY_COMPARE(content(*window), text("== top processes\n4711 web 812 MiB\n"));
    QCOMPARE(note(*window), f.snapshot);
    QVERIFY(window->findChild<QPlainTextEdit *>()->isReadOnly());
    QCOMPARE(f.open(), window); // brought to the front, not opened twice
    QCOMPARE(f.cards.findChildren<AttachmentWindow *>().size(), 1);
    QCOMPARE(samples::unnamed(*window), QStringList());
    const QPointer<AttachmentWindow> seen = window;
    window->close();
    QTRY_VERIFY(!seen);
}

void TestActionCards::aHugeSnapshotIsCut()
{
    Fixture f;
    f.write(QByteArray(AttachmentWindow::MostBytes + 1, 'x'));
    AttachmentWindow *window = f.open();
    QTRY_COMPARE(qint64(content(*window).size()), AttachmentWindow::MostBytes);
    QVERIFY2(note(*window).contains(text("its first 256 KiB are shown")), qPrintable(note(*window)));
}

void TestActionCards::aMissingSnapshotSaysSo()
{
    Fixture f;
    AttachmentWindow *window = f.open();
    QTRY_VERIFY2(note(*window).contains(text("not there any more")), qPrintable(note(*window)));
    QVERIFY(note(*window).contains(f.snapshot));
    QVERIFY(!window->findChild<QPlainTextEdit *>()->isVisible());
}

void TestActionCards::everythingHasAName()
{
    Fixture f;
    QCOMPARE(samples::unnamed(f.cards), QStringList());
}

QTEST_MAIN(TestActionCards)
#include "tst_action_cards.moc"
