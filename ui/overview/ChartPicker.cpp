#include "ui/overview/ChartPicker.h"

#include <QDialogButtonBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace prunella {

ChartPicker::ChartPicker(const QList<ChartSpec> &available, const QStringList &chosen, QWidget *parent)
    : QDialog(parent), m_filter(new QLineEdit(this)), m_list(new QListWidget(this))
{
    setWindowTitle(tr("Charts"));
    setAttribute(Qt::WA_DeleteOnClose);
    m_filter->setPlaceholderText(tr("Filter"));
    m_filter->setAccessibleName(tr("Filter the charts"));
    m_filter->setClearButtonEnabled(true);
    m_list->setAccessibleName(tr("Charts: Space shows or hides, Alt with arrows moves"));
    m_list->setSpacing(2);
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    for (const QString &id : chosen) {
        const auto it = std::find_if(available.begin(), available.end(), [&id](const ChartSpec &c) { return c.id == id; });
        if (it != available.end())
            addRow(*it, true);
    }
    for (const ChartSpec &chart : available) {
        if (!chosen.contains(chart.id))
            addRow(chart, false);
    }
    m_list->setCurrentRow(0);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    auto *column = new QVBoxLayout(this);
    for (QWidget *part : {static_cast<QWidget *>(m_filter), static_cast<QWidget *>(m_list), orderButtons(),
                          static_cast<QWidget *>(buttons)})
        column->addWidget(part);
    resize(360, 480);
    connect(m_filter, &QLineEdit::textChanged, this, &ChartPicker::filter);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
}

void ChartPicker::addRow(const ChartSpec &chart, bool checked)
{
    auto *row = new QListWidgetItem(chart.title, m_list);
    row->setData(Qt::UserRole, chart.id);
    row->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable | Qt::ItemIsDragEnabled);
    row->setCheckState(checked ? Qt::Checked : Qt::Unchecked);
}

QWidget *ChartPicker::orderButtons()
{
    auto *row = new QWidget(this);
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    auto *up = new QPushButton(tr("Move up"), row), *down = new QPushButton(tr("Move down"), row);
    up->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Up));
    down->setShortcut(QKeySequence(Qt::ALT | Qt::Key_Down));
    up->setToolTip(up->shortcut().toString(QKeySequence::NativeText));
    down->setToolTip(down->shortcut().toString(QKeySequence::NativeText));
    for (QPushButton *button : {up, down}) {
        button->setAutoDefault(false);
        layout->addWidget(button);
    }
    connect(up, &QPushButton::clicked, this, [this] { moveRow(-1); });
    connect(down, &QPushButton::clicked, this, [this] { moveRow(+1); });
    return row;
}

void ChartPicker::moveRow(int by)
{
    const int from = m_list->currentRow(), to = from + by;
    if (from < 0 || to < 0 || to >= m_list->count())
        return;
    m_list->insertItem(to, m_list->takeItem(from));
    m_list->setCurrentRow(to);
}

void ChartPicker::filter(const QString &text)
{
    for (int row = 0; row < m_list->count(); ++row)
        m_list->item(row)->setHidden(!m_list->item(row)->text().contains(text, Qt::CaseInsensitive));
}

QStringList ChartPicker::chosen() const
{
    QStringList ids;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->checkState() == Qt::Checked)
            ids.append(m_list->item(row)->data(Qt::UserRole).toString());
    }
    return ids;
}

} // namespace prunella
