#include "tests/support/FakeEngineClient.h"
#include "tests/ui/Accessible.h"
#include "tests/ui/IncidentSamples.h"
#include "tests/ui/TextOf.h"
#include "ui/rights/RightsPage.h"

#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::text;

namespace {

struct Fixture
{
    FakeEngineClient client;
    RightsPage page{&client};

    explicit Fixture(bool any = true)
    {
        if (any) {
            client.verdicts = {{text("web"), text("restart_service"), RightState::Permitted, text("polkit allows it")},
                               {text("web"), text("logs"), RightState::Refused, text("not of the group systemd-journal: add the user to it")},
                               {text("db"), text("restart_service"), RightState::NeedsPerson, text("polkit asks an administrator")},
                               {text("db"), text("increase_resources"), RightState::Permitted, text("the unit may be changed")}};
        }
        page.resize(900, 600);
        page.show();
    }
    QTableView *table() const { return page.findChild<QTableView *>(text("rightsTable")); }
    QString cell(int row, int column) const { return table()->model()->index(row, column).data().toString(); }
    QString summary() const { return page.findChild<QLabel *>(text("rightsSummary"))->text(); }
    QStringList reasons() const
    {
        QStringList all;
        for (const QFrame *card : page.findChildren<QFrame *>(text("rightReason")))
            all.append(samples::textOf(*card));
        return all;
    }
};

} // namespace

class TestRightsPage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsEachServiceAndAction();
    void tellsWhyWhatLacksFirst();
    void looksAgain();
    void saysWhyItIsEmpty();
    void everythingHasAName();
};

void TestRightsPage::tellsEachServiceAndAction()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 2);
    QCOMPARE(f.table()->model()->columnCount(), 4);
    QCOMPARE(f.table()->model()->headerData(2, Qt::Horizontal).toString(), text("Read logs"));
    QCOMPARE(f.cell(0, 0), text("web"));
    QCOMPARE(f.cell(0, 1), text("Permitted"));
    QCOMPARE(f.cell(0, 2), text("Refused"));
    QCOMPARE(f.cell(0, 3), text("–")); // it has no limit that could be raised
    QCOMPARE(f.cell(1, 1), text("Needs authorisation"));
    QVERIFY(f.table()->model()->index(1, 1).data(Qt::ToolTipRole).toString().contains(text("administrator")));
    QVERIFY(f.summary().startsWith(text("Permitted: 2. Only after a person has authorised it: 1. Refused: 1.")));
}

void TestRightsPage::tellsWhyWhatLacksFirst()
{
    Fixture f;
    QTRY_COMPARE(f.reasons().size(), 2); // of the first service
    QVERIFY(f.reasons().first().contains(text("Read logs: refused")));
    QVERIFY(f.reasons().first().contains(text("add the user to it")));
    f.table()->selectRow(1);
    QCOMPARE(f.reasons().size(), 2);
    QVERIFY(f.reasons().first().contains(text("polkit asks an administrator")));
    QCOMPARE(f.page.findChild<QLabel *>(text("rightsOf"))->text(), text("Why, for db"));
}

void TestRightsPage::looksAgain()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 2);
    f.table()->selectRow(1);
    f.client.verdicts[2].state = RightState::Permitted;
    const int asked = f.client.rightsAsked;
    QTest::mouseClick(f.page.findChild<QPushButton *>(text("rightsAgain")), Qt::LeftButton);
    QCOMPARE(f.client.rightsAsked, asked + 1);
    QTRY_COMPARE(f.cell(1, 1), text("Permitted"));
    QCOMPARE(f.table()->currentIndex().row(), 1); // the choice stays
    QVERIFY(f.page.findChild<QPushButton *>(text("rightsAgain"))->isEnabled());
}

void TestRightsPage::saysWhyItIsEmpty()
{
    Fixture f(false);
    QTRY_VERIFY(f.summary().startsWith(text("No services are watched yet")));
    EngineFrame frame;
    frame.engine.readOnly = true;
    f.client.setFrame(frame);
    f.page.hide();
    f.page.show();
    QTRY_VERIFY(f.summary().startsWith(text("This console only watches")));
}

void TestRightsPage::everythingHasAName()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 2);
    QCOMPARE(samples::unnamed(f.page), QStringList());
}

QTEST_MAIN(TestRightsPage)
#include "tst_rights_page.moc"
