#include "ui/settings/SettingField.h"

#include "ui/ElidedLabel.h"
#include "ui/Theme.h"
#include "ui/settings/SettingText.h"
#include "ui/settings/SettingsEditor.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QWheelEvent>

namespace prunella {
namespace {

/// The wheel scrolls the page; it does not change a mode on its way.
class CalmComboBox : public QComboBox
{
public:
    using QComboBox::QComboBox;

protected:
    void wheelEvent(QWheelEvent *event) override { event->ignore(); }
};

QString originOf(const SettingValue &setting, bool edited)
{
    if (!setting.editable)
        return SettingField::tr("read-only");
    if (edited)
        return SettingField::tr("was %1").arg(setting.kind == SettingKind::Choice ? choiceName(setting.value) : setting.value);
    return setting.isDefault ? SettingField::tr("default") : QString();
}

} // namespace

SettingField::SettingField(SettingsEditor *editor, const SettingValue &setting, QWidget *parent)
    : QWidget(parent), m_editor(editor), m_path(setting.path)
{
    setObjectName(setting.path);
    buildControl(setting);
    buildLines(setting);
    connect(m_editor, &SettingsEditor::edited, this, &SettingField::refresh);
    refresh();
}

void SettingField::buildControl(const SettingValue &setting)
{
    const auto changed = [this](const QString &value) { m_editor->set(m_path, value); };
    if (setting.kind == SettingKind::Boolean) {
        m_check = new QCheckBox(tr("on"), this);
        connect(m_check, &QCheckBox::toggled, this, [changed](bool on) { changed(on ? QStringLiteral("true") : QStringLiteral("false")); });
        m_control = m_check;
    } else if (setting.kind == SettingKind::Choice) {
        m_box = new CalmComboBox(this);
        for (const QString &word : setting.choices)
            m_box->addItem(choiceName(word), word);
        connect(m_box, &QComboBox::activated, this, [this, changed] { changed(m_box->currentData().toString()); });
        m_control = m_box;
    } else {
        m_line = new QLineEdit(this);
        m_line->setMaximumWidth(setting.kind == SettingKind::Text ? 320 : 76);
        connect(m_line, &QLineEdit::textEdited, this, [changed](const QString &text) { changed(text.trimmed()); });
        m_control = m_line;
    }
    m_control->setAccessibleName(settingTitle(setting.path));
    m_control->setAccessibleDescription(settingHelp(setting.path));
    m_control->setEnabled(setting.editable);
}

void SettingField::buildLines(const SettingValue &setting)
{
    const QString help = settingHelp(setting.path);
    const QString origin = setting.file.isEmpty() ? QString() : tr("%1, line %2").arg(setting.file).arg(setting.line);
    setToolTip(QStringList{help, setting.path, origin}.filter(QRegularExpression(QStringLiteral("."))).join(u'\n'));
    m_note = new ElidedLabel(this);
    m_note->setColor(Theme::muted(palette()));
    m_whyNot = new QLabel(setting.editable ? QString() : tr("Cannot be changed here: %1").arg(setting.whyNot), this);
    m_whyNot->setWordWrap(true);
    m_whyNot->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    m_whyNot->setVisible(!setting.editable);
    m_error = new QLabel(this);
    m_error->setObjectName(QStringLiteral("fieldError"));
    m_error->setWordWrap(true);
    m_error->setPalette(Theme::withText(palette(), Theme::state(palette(), Health::Critical)));
    auto *line = new QHBoxLayout;
    line->setSpacing(2 * Theme::Grid);
    line->addWidget(m_control);
    m_unit = new QLabel(this);
    line->addWidget(m_unit);
    line->addWidget(m_note, 1);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins({});
    all->setSpacing(Theme::Grid / 2);
    all->addLayout(line);
    all->addWidget(m_whyNot);
    all->addWidget(m_error);
}

void SettingField::refresh()
{
    const SettingValue *setting = m_editor->setting(m_path);
    if (!setting)
        return; // another snapshot was taken; this field is about to be replaced
    const QString value = m_editor->value(m_path);
    if (m_check) {
        const QSignalBlocker quiet(m_check);
        m_check->setChecked(value == u"true");
    } else if (m_box) {
        m_box->setCurrentIndex(m_box->findData(value));
    } else if (m_line->text().trimmed() != value) {
        m_line->setText(value);
    }
    m_control->setEnabled(setting->editable && !m_editor->isBusy());
    SettingValue shown = *setting;
    shown.value = value;
    m_unit->setText(settingUnit(shown));
    m_unit->setHidden(m_unit->text().isEmpty());
    m_note->setText(originOf(*setting, m_editor->isEdited(m_path)));
    const QString error = m_editor->errorAt(m_path);
    m_error->setText(error.isEmpty() ? QString() : tr("✕ %1", "an error at a field").arg(error));
    m_error->setVisible(!error.isEmpty());
}

} // namespace prunella
