#include "ui/settings/SettingsPage.h"

#include "ui/Theme.h"
#include "ui/settings/DiffView.h"
#include "ui/settings/SettingField.h"
#include "ui/settings/SettingText.h"
#include "ui/settings/SettingsEditor.h"
#include "ui/settings/ThresholdModel.h"

#include <QFormLayout>
#include <QGridLayout>
#include <QGroupBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QResizeEvent>
#include <QSplitter>
#include <QTableView>

namespace prunella {
namespace {

constexpr int LookEveryMs = 5000;
constexpr int SideBySide = 1100; // px: wider pages show the difference at the right
constexpr int TwoColumns = 760;  // px of the values' part

} // namespace

SettingsPage::SettingsPage(EngineClient *client, QWidget *parent)
    : QWidget(parent), m_client(client), m_editor(new SettingsEditor(client, this)), m_thresholds(new ThresholdModel(m_editor, this))
{
    build();
    connectEditor();
    m_look.setInterval(LookEveryMs);
    connect(&m_look, &QTimer::timeout, m_editor, &SettingsEditor::read);
    connect(m_client, &EngineClient::eventHappened, this, [this](const EngineEvent &event) {
        if (event.event == u"reloaded")
            m_editor->read();
    });
    m_editor->read();
    showEdits();
}

void SettingsPage::connectEditor()
{
    connect(m_editor, &SettingsEditor::loaded, this, &SettingsPage::showSnapshot);
    connect(m_editor, &SettingsEditor::edited, this, &SettingsPage::showEdits);
    connect(m_editor, &SettingsEditor::outsideChanged, m_offer, &QWidget::show);
    connect(m_editor, &SettingsEditor::saved, this, [this](const QString &file) {
        m_said = tr("Saved to %1 and in effect.").arg(file);
        showEdits();
    });
    connect(m_save, &QPushButton::clicked, m_editor, &SettingsEditor::save);
    connect(m_discard, &QPushButton::clicked, m_editor, &SettingsEditor::discard);
    connect(m_reload, &QPushButton::clicked, m_editor, &SettingsEditor::discard);
}

void SettingsPage::showSnapshot()
{
    const SettingsSnapshot &snapshot = m_editor->snapshot();
    const QString environment = snapshot.environment.isEmpty() ? tr("none") : snapshot.environment;
    m_file->setText(snapshot.file.isEmpty() ? tr("Environment: %1. No configuration file can be written; values are shown only.").arg(environment)
                                            : tr("Environment: %1. Changes are written to %2").arg(environment, snapshot.file));
    m_offer->hide();
    buildGroups();
    sizeTable();
}

void SettingsPage::buildGroups()
{
    const QWidget *focused = window()->focusWidget();
    const auto *field = focused ? qobject_cast<SettingField *>(focused->parentWidget()) : nullptr;
    const QString path = field ? field->path() : QString(); // the focus survives a reload
    qDeleteAll(m_groups);
    m_groups.clear();
    QStringList order;
    QHash<QString, QList<SettingValue>> byGroup;
    for (const SettingValue &value : m_editor->snapshot().values) {
        if (value.path.startsWith(u"thresholds["))
            continue; // in the table
        const QString group = settingGroup(value.path);
        if (!byGroup.contains(group))
            order.append(group);
        byGroup[group].append(value);
    }
    for (const QString &group : order)
        addGroup(group, byGroup[group]);
    placeGroups();
    if (auto *again = path.isEmpty() ? nullptr : findChild<SettingField *>(path))
        again->control()->setFocus();
}

void SettingsPage::addGroup(const QString &name, const QList<SettingValue> &values)
{
    auto *box = new QGroupBox(name, m_values);
    auto *form = new QFormLayout(box);
    form->setRowWrapPolicy(QFormLayout::DontWrapRows);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setLabelAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    form->setVerticalSpacing(Theme::Grid);
    for (const SettingValue &value : values) {
        auto *field = new SettingField(m_editor, value, box);
        auto *label = new QLabel(settingTitle(value.path), box);
        label->setToolTip(field->toolTip());
        label->setBuddy(field->control());
        form->addRow(label, field);
    }
    m_groups.append(box);
}

int SettingsPage::columnsThatFit() const { return m_values->width() >= TwoColumns ? 2 : 1; }

bool SettingsPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_values && event->type() == QEvent::Resize && columnsThatFit() != m_columns)
        placeGroups();
    return QWidget::eventFilter(watched, event);
}

/// Fills columns from above: each group goes where there is least so far.
void SettingsPage::placeGroups()
{
    const int columns = columnsThatFit();
    m_columns = columns;
    QList<QVBoxLayout *> stacks;
    while (QLayoutItem *item = m_grid->takeAt(0))
        delete item; // a layout of group boxes; the boxes live on
    for (int column = 0; column < 2; ++column) {
        m_grid->setColumnStretch(column, column < columns ? 1 : 0);
        if (column >= columns)
            continue;
        stacks.append(new QVBoxLayout);
        m_grid->addLayout(stacks.last(), 0, column);
    }
    QList<int> heights(columns, 0);
    for (QWidget *group : std::as_const(m_groups)) {
        const auto lowest = std::ranges::min_element(heights);
        stacks[lowest - heights.begin()]->addWidget(group);
        *lowest += group->sizeHint().height();
    }
    for (QVBoxLayout *stack : std::as_const(stacks))
        stack->addStretch();
}

void SettingsPage::sizeTable()
{
    m_table->resizeColumnsToContents();
    for (int column = ThresholdModel::Warning; column < ThresholdModel::ColumnCount; ++column)
        m_table->setColumnWidth(column, std::max(m_table->columnWidth(column), 88));
    const int rows = std::clamp(m_thresholds->rowCount(), 2, 12);
    m_table->setFixedHeight(m_table->horizontalHeader()->sizeHint().height() + rows * m_table->verticalHeader()->defaultSectionSize() + 4);
}

void SettingsPage::showEdits()
{
    if (m_editor->edits() > 0)
        m_said.clear();
    m_save->setEnabled(m_editor->canSave());
    m_save->setToolTip(m_editor->canSave() ? tr("Writes only the changed values; every other byte of the file stays.") : statusText());
    m_discard->setEnabled(m_editor->edits() > 0 && !m_editor->isBusy());
    m_status->setText(statusText());
    m_problems->setText(problemText());
    m_problems->setVisible(!m_problems->text().isEmpty());
    m_diff->setDiff(m_editor->diff());
    const bool changes = !m_editor->diff().isEmpty();
    m_diffTitle->setText(changes ? tr("What will be written")
                                 : tr("Change a value: the lines that would be written appear here before anything is saved."));
    m_diffTitle->setVisible(changes || m_editor->edits() == 0);
    m_diff->setVisible(changes);
    fitReview();
    QStringList lines;
    for (int row = 0; row < m_thresholds->rowCount(); ++row) {
        for (int column = ThresholdModel::Warning; column < ThresholdModel::ColumnCount; ++column) {
            const QModelIndex cell = m_thresholds->index(row, column);
            if (const QString error = cell.data(ThresholdModel::ErrorRole).toString(); !error.isEmpty())
                lines.append(tr("✕ %1, %2: %3", "metric, column: error").arg(cell.siblingAtColumn(0).data().toString(),
                    m_thresholds->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().toLower(), error));
        }
    }
    m_thresholdErrors->setText(lines.join(u'\n'));
    m_thresholdErrors->setVisible(!lines.isEmpty());
}

QString SettingsPage::statusText() const
{
    if (!m_editor->isLoaded())
        return m_said.isEmpty() ? tr("Reading the configuration…") : m_said;
    if (m_editor->isBusy())
        return tr("Saving…");
    if (m_editor->edits() == 0)
        return m_said.isEmpty() ? tr("Nothing changed") : m_said;
    if (m_editor->snapshot().file.isEmpty())
        return tr("No configuration file can be written.");
    const QString count = tr("Changes: %1").arg(m_editor->edits());
    if (!m_editor->isChecked())
        return tr("%1, being checked…").arg(count);
    return m_editor->canSave() ? tr("%1, not saved yet").arg(count) : tr("%1, mend the errors to save").arg(count);
}

QString SettingsPage::problemText() const
{
    QStringList lines;
    for (const ConfigProblem &problem : m_editor->problems()) {
        const QString where = problem.line > 0 ? tr("%1, line %2").arg(problem.file).arg(problem.line) : problem.file;
        const QString sign = problem.level == ProblemLevel::Error ? QStringLiteral("✕") : QStringLiteral("!");
        lines.append(QStringList{sign, problem.key, problem.text, where.isEmpty() ? QString() : tr("(%1)").arg(where)}.join(u' ').trimmed());
    }
    return lines.join(u'\n');
}

void SettingsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    m_split->setOrientation(event->size().width() >= SideBySide ? Qt::Horizontal : Qt::Vertical);
    fitReview();
}

/// Below the values an empty review takes only the lines it has.
void SettingsPage::fitReview()
{
    const bool small = m_split->orientation() == Qt::Vertical && m_editor->diff().isEmpty();
    const int height = m_review->layout()->hasHeightForWidth() ? m_review->layout()->totalHeightForWidth(m_split->width())
                                                               : m_review->layout()->totalSizeHint().height();
    m_review->setMaximumHeight(small ? height : QWIDGETSIZE_MAX);
}

void SettingsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_editor->read();
    m_look.start();
}

void SettingsPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_look.stop();
}

} // namespace prunella
