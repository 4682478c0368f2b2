#include "tests/support/FakeEngineClient.h"
#include "tests/ui/Accessible.h"
#include "tests/ui/IncidentSamples.h"
#include "ui/settings/DiffView.h"
#include "ui/settings/SettingField.h"
#include "ui/settings/SettingText.h"
#include "ui/settings/SettingsEditor.h"
#include "ui/settings/SettingsPage.h"
#include "ui/settings/ThresholdModel.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::text;

namespace {

SettingValue setting(const char *path, SettingKind kind, const char *value, bool isDefault = true)
{
    SettingValue made;
    made.path = text(path);
    made.kind = kind;
    made.value = text(value);
    made.isDefault = isDefault;
    if (made.path == u"mode")
        made.choices = {text("observe"), text("approve"), text("automatic")};
    if (made.path.contains(u"threshold_cpu"))
        made.unit = text("%");
    return made;
}

SettingsSnapshot snapshot()
{
    SettingsSnapshot made;
    made.file = text("/etc/prunella/prunella.yaml");
    made.environment = text("production");
    made.values = {setting("enabled", SettingKind::Boolean, "true"), setting("mode", SettingKind::Choice, "approve", false),
                   setting("metrics_retention_days", SettingKind::Integer, "30"), setting("error_detection.threshold_cpu", SettingKind::Number, "80.0", false),
                   setting("recovery.settle", SettingKind::Duration, "30s"), setting("recovery.max_retry_attempts", SettingKind::Integer, "3"),
                   setting("guards.cool_down", SettingKind::Duration, "60s"), setting("some.new_key", SettingKind::Text, "x")};
    made.values[6].editable = false;
    made.values[6].whyNot = text("behind the alias *base at line 12");
    ThresholdConfig cpu{text("cpu_usage"), {}, 80, 95, {}, 60'000, Direction::Above};
    ThresholdConfig disk{text("disk_usage"), {{text("path"), text("/")}}, 85, 95, 80, 0, Direction::Above};
    made.thresholds = {cpu, disk};
    return made;
}

ConfigProblem error(const char *key, const char *what)
{
    return {ProblemLevel::Error, text("/etc/prunella/prunella.yaml"), 9, 24, text(key), text(what)};
}

struct Fixture
{
    FakeEngineClient client;
    std::unique_ptr<SettingsPage> page;

    explicit Fixture(const SettingsSnapshot &first = snapshot())
    {
        client.snapshot = first;
        page = std::make_unique<SettingsPage>(&client);
        page->resize(1440, 840);
        page->show();
    }
    SettingField *field(const char *path) const { return page->findChild<SettingField *>(text(path)); }
    QLineEdit *line(const char *path) const { return qobject_cast<QLineEdit *>(field(path)->control()); }
    QPushButton *button(const char *name) const { return page->findChild<QPushButton *>(text(name)); }
    QString label(const char *name) const { return page->findChild<QLabel *>(text(name))->text(); }
    QTableView *table() const { return page->findChild<QTableView *>(text("thresholdTable")); }
    bool ready() const { return field("recovery.settle") != nullptr; }
    void type(const char *path, const char *value) const
    {
        line(path)->selectAll();
        QTest::keyClicks(line(path), text(value));
    }
    QMap<QString, QString> previewed() const
    {
        QMap<QString, QString> changes;
        if (!client.previewed.isEmpty()) {
            for (const SettingChange &change : client.previewed.last())
                changes.insert(change.path, change.value);
        }
        return changes;
    }
};

} // namespace

class TestSettings : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsValuesFileAndEnvironment();
    void validatesWhileTyping();
    void backToTheOldValueIsNoEdit();
    void thresholdsAreCheckedWhileTyping();
    void escapeTakesAThresholdBack();
    void shorthandKeepsItsKey();
    void choicesAndSwitches();
    void recoverySwitchesSayWhatTheyDo();
    void showsTheDifferenceAndSaves();
    void aFailedSaveKeepsTheEdits();
    void discards();
    void readOnlyValuesSayWhy();
    void withoutAFileNothingIsWritten();
    void changedOutside();
    void changedOutsideWhileEditing();
    void everythingHasAName();
    void narrowWindow();
    void durations();
};

void TestSettings::showsValuesFileAndEnvironment()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    QVERIFY(f.label("settingsFile").contains(text("production")));
    QVERIFY(f.label("settingsFile").contains(text("/etc/prunella/prunella.yaml")));
    QCOMPARE(f.line("recovery.settle")->text(), text("30s"));
    QVERIFY(f.field("some.new_key")); // a key this page does not know is still shown
    QAbstractItemModelTester tester(f.table()->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(f.table()->model()->rowCount(), 2);
    QCOMPARE(f.table()->model()->index(1, ThresholdModel::LabelsColumn).data().toString(), text("path=/"));
    QCOMPARE(f.table()->model()->index(0, ThresholdModel::Clear).data().toString(), text("–"));
    QCOMPARE(f.table()->model()->index(0, ThresholdModel::Warning).data().toString(), QString(text("80") + QChar(0xA0) + text("%")));
    QCOMPARE(f.table()->model()->index(0, ThresholdModel::Warning).data(Qt::EditRole).toString(), text("80"));
    QVERIFY(!f.button("saveSettings")->isEnabled());
    QVERIFY(!f.button("discardSettings")->isEnabled());
}

void TestSettings::validatesWhileTyping()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.client.preview.problems = {error("environments.production.self_healing.recovery.settle", "30x, expected a duration such as 30s")};
    f.type("recovery.settle", "30x");
    QVERIFY(f.label("settingsStatus").contains(text("being checked")));
    QVERIFY(!f.button("saveSettings")->isEnabled());
    QTRY_VERIFY(f.field("recovery.settle")->findChild<QLabel *>(text("fieldError"))->isVisible());
    QVERIFY(f.field("recovery.settle")->findChild<QLabel *>(text("fieldError"))->text().contains(text("expected a duration")));
    QVERIFY(f.label("settingsProblems").contains(text("line 9")));
    QVERIFY(!f.button("saveSettings")->isEnabled());
    QCOMPARE(f.previewed().value(text("recovery.settle")), text("30x"));
    f.client.preview.problems.clear();
    f.type("recovery.settle", "45s");
    QTRY_VERIFY(f.button("saveSettings")->isEnabled());
    QVERIFY(!f.field("recovery.settle")->findChild<QLabel *>(text("fieldError"))->isVisible());
}

void TestSettings::backToTheOldValueIsNoEdit()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.type("recovery.settle", "45s");
    QVERIFY(f.button("discardSettings")->isEnabled());
    f.type("recovery.settle", "30s");
    QVERIFY(!f.button("discardSettings")->isEnabled());
    QCOMPARE(f.label("settingsStatus"), text("Nothing changed"));
}

void TestSettings::thresholdsAreCheckedWhileTyping()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.client.preview.problems = {error("self_healing.thresholds[disk_usage,path=/].critical", "101, expected a number from 0 to 100")};
    const QModelIndex cell = f.table()->model()->index(1, ThresholdModel::Critical);
    f.table()->setCurrentIndex(cell);
    f.table()->edit(cell);
    auto *editor = f.table()->findChild<QLineEdit *>();
    QVERIFY(editor);
    editor->selectAll();
    QTest::keyClicks(editor, text("101"));
    QTRY_COMPARE(f.previewed().value(text("thresholds[disk_usage,path=/].critical")), text("101"));
    QTRY_COMPARE(cell.data(ThresholdModel::ErrorRole).toString(), text("101, expected a number from 0 to 100"));
    QCOMPARE(editor->text(), text("101")); // still being typed in
    QVERIFY(f.label("thresholdErrors").contains(text("disk_usage, critical")));
    QVERIFY(!f.button("saveSettings")->isEnabled());
}

void TestSettings::escapeTakesAThresholdBack()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    const QModelIndex cell = f.table()->model()->index(1, ThresholdModel::Warning);
    f.table()->setCurrentIndex(cell);
    f.table()->edit(cell);
    auto *editor = f.table()->findChild<QLineEdit *>();
    editor->selectAll();
    QTest::keyClicks(editor, text("5"));
    QCOMPARE(cell.data().toString(), text("5"));
    QTest::keyClick(editor, Qt::Key_Escape);
    QCOMPARE(cell.data().toString(), text("85"));
    QVERIFY(!f.button("discardSettings")->isEnabled());
}

void TestSettings::shorthandKeepsItsKey()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    auto *model = f.table()->model();
    QVERIFY(model->setData(model->index(0, ThresholdModel::Warning), text("70")));
    QVERIFY(model->setData(model->index(0, ThresholdModel::For), text("2m")));
    QTRY_COMPARE(f.previewed().value(text("thresholds[cpu_usage].for")), text("2m"));
    QCOMPARE(f.previewed().value(text("error_detection.threshold_cpu")), text("70"));
    QCOMPARE(f.line("error_detection.threshold_cpu")->text(), text("70")); // both places show it
    QVERIFY(model->setData(model->index(0, ThresholdModel::Warning), text("80")));
    QVERIFY(model->setData(model->index(0, ThresholdModel::For), text("1m")));
    QVERIFY(!f.button("discardSettings")->isEnabled());
}

void TestSettings::choicesAndSwitches()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    auto *mode = qobject_cast<QComboBox *>(f.field("mode")->control());
    QCOMPARE(mode->currentText(), text("Approve"));
    QTest::keyClick(mode, Qt::Key_Down);
    auto *enabled = qobject_cast<QCheckBox *>(f.field("enabled")->control());
    QTest::keyClick(enabled, Qt::Key_Space);
    QTRY_COMPARE(f.previewed().value(text("mode")), text("automatic"));
    QTRY_COMPARE(f.previewed().value(text("enabled")), text("false"));
}

void TestSettings::recoverySwitchesSayWhatTheyDo()
{
    SettingsSnapshot with = snapshot();
    const QStringList switches{text("recovery.rollback_enabled"), text("recovery.auto_scaling_enabled"), text("recovery.circuit_breaker_enabled"), text("recovery.shadow")};
    for (const QString &path : switches) {
        with.values.append(setting(qPrintable(path), SettingKind::Boolean, path.endsWith(text("shadow")) ? "false" : "true"));
        QVERIFY2(!settingHelp(path).isEmpty(), qPrintable(path));
        QVERIFY2(!settingTitle(path).contains(u'_') && settingTitle(path) != path.section(u'.', 1), qPrintable(path));
    }
    Fixture f(with);
    auto *shadow = f.page->findChild<SettingField *>(text("recovery.shadow"));
    QVERIFY(shadow && shadow->toolTip().contains(text("does nothing")));
    auto *box = qobject_cast<QCheckBox *>(shadow->control());
    QVERIFY(box && !box->isChecked());
    box->click();
    QTRY_VERIFY(!f.client.previewed.isEmpty());
    QCOMPARE(f.client.previewed.last().first().path, text("recovery.shadow"));
    QCOMPARE(f.client.previewed.last().first().value, text("true"));
}

void TestSettings::showsTheDifferenceAndSaves()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.client.preview.diff = text("--- a\n+++ b\n-    settle: 30s\n+    settle: 45s\n");
    f.type("recovery.settle", "45s");
    QTRY_VERIFY(f.page->findChild<DiffView *>()->toPlainText().contains(text("+    settle: 45s")));
    QVERIFY(f.page->findChild<DiffView *>()->isVisible());
    QTRY_VERIFY(f.button("saveSettings")->isEnabled());
    f.client.snapshot.values[4].value = text("45s");
    QTest::mouseClick(f.button("saveSettings"), Qt::LeftButton);
    QCOMPARE(f.client.saved.size(), 1);
    QCOMPARE(f.client.saved.first().first().path, text("recovery.settle"));
    QTRY_VERIFY(f.label("settingsStatus").startsWith(text("Saved to /etc/prunella/prunella.yaml")));
    QCOMPARE(f.line("recovery.settle")->text(), text("45s"));
    QVERIFY(!f.page->findChild<DiffView *>()->isVisible());
}

void TestSettings::aFailedSaveKeepsTheEdits()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.type("recovery.settle", "45s");
    QTRY_VERIFY(f.button("saveSettings")->isEnabled());
    f.client.saveProblems = {error("", "cannot be written: permission denied")};
    QTest::mouseClick(f.button("saveSettings"), Qt::LeftButton);
    QTRY_VERIFY(f.label("settingsProblems").contains(text("permission denied")));
    QCOMPARE(f.line("recovery.settle")->text(), text("45s"));
    QVERIFY(f.button("discardSettings")->isEnabled());
}

void TestSettings::discards()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.type("recovery.settle", "45s");
    QTest::mouseClick(f.button("discardSettings"), Qt::LeftButton);
    QCOMPARE(f.line("recovery.settle")->text(), text("30s"));
    QVERIFY(f.client.saved.isEmpty());
}

void TestSettings::readOnlyValuesSayWhy()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    QVERIFY(!f.line("guards.cool_down")->isEnabled());
    QString all;
    for (const QLabel *label : f.field("guards.cool_down")->findChildren<QLabel *>())
        all += label->text();
    QVERIFY(all.contains(text("behind the alias *base at line 12")));
}

void TestSettings::withoutAFileNothingIsWritten()
{
    SettingsSnapshot none = snapshot();
    none.file.clear();
    Fixture f(none);
    QTRY_VERIFY(f.ready());
    QVERIFY(f.label("settingsFile").contains(text("No configuration file can be written")));
    QVERIFY(!(f.table()->model()->flags(f.table()->model()->index(0, ThresholdModel::Warning)) & Qt::ItemIsEditable));
    f.type("recovery.settle", "45s");
    QTRY_VERIFY(!f.client.previewed.isEmpty());
    QVERIFY(!f.button("saveSettings")->isEnabled());
}

void TestSettings::changedOutside()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.client.snapshot.values[4].value = text("90s");
    Q_EMIT f.client.eventHappened({0, text("reloaded"), {}, {}, {}});
    QTRY_COMPARE(f.line("recovery.settle")->text(), text("90s"));
    QVERIFY(!f.page->findChild<QWidget *>(text("outsideOffer"))->isVisible());
}

void TestSettings::changedOutsideWhileEditing()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.type("recovery.max_retry_attempts", "5");
    f.client.snapshot.values[4].value = text("90s");
    Q_EMIT f.client.eventHappened({0, text("reloaded"), {}, {}, {}});
    QTRY_VERIFY(f.page->findChild<QWidget *>(text("outsideOffer"))->isVisible());
    QCOMPARE(f.line("recovery.max_retry_attempts")->text(), text("5"));
    QCOMPARE(f.line("recovery.settle")->text(), text("30s"));
    QTest::mouseClick(f.button("loadOutside"), Qt::LeftButton);
    QTRY_COMPARE(f.line("recovery.settle")->text(), text("90s"));
    QCOMPARE(f.line("recovery.max_retry_attempts")->text(), text("3"));
    QVERIFY(!f.page->findChild<QWidget *>(text("outsideOffer"))->isVisible());
}

void TestSettings::everythingHasAName()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    QCOMPARE(samples::unnamed(*f.page), QStringList());
}

void TestSettings::narrowWindow()
{
    Fixture f;
    QTRY_VERIFY(f.ready());
    f.page->resize(860, 600);
    f.client.preview.diff = text("--- a\n+++ b\n");
    f.type("recovery.settle", "45s");
    QTRY_VERIFY(f.page->findChild<DiffView *>()->isVisible());
    QVERIFY(f.page->rect().contains(QRect(f.button("saveSettings")->mapTo(f.page.get(), QPoint()), f.button("saveSettings")->size())));
}

void TestSettings::durations()
{
    QCOMPARE(yamlDuration(500), text("500ms"));
    QCOMPARE(yamlDuration(0), text("0s"));
    QCOMPARE(yamlDuration(30'000), text("30s"));
    QCOMPARE(yamlDuration(90'000), text("90s"));
    QCOMPARE(yamlDuration(300'000), text("5m"));
    QCOMPARE(yamlDuration(7'200'000), text("2h"));
    QCOMPARE(thresholdPath({text("disk_usage"), {{text("path"), text("/")}}, {}, {}, {}, 0, Direction::Above}), text("thresholds[disk_usage,path=/]"));
}

QTEST_MAIN(TestSettings)
#include "tst_settings.moc"
