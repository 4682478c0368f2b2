#include "ui/HelpDialog.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/text/Words.h"

#include <QDialogButtonBox>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>

namespace prunella {
namespace {

void addRow(QGridLayout *grid, const QString &left, const QString &right)
{
    const int row = grid->rowCount();
    auto *name = new QLabel(left);
    name->setFont(Theme::bold(name->font()));
    auto *text = new QLabel(right);
    text->setWordWrap(true);
    grid->addWidget(name, row, 1, Qt::AlignTop);
    grid->addWidget(text, row, 2, Qt::AlignTop);
    grid->setColumnStretch(2, 1);
}

void addState(QGridLayout *grid, Health health, const QString &text)
{
    const int row = grid->rowCount();
    addRow(grid, words(health), text);
    auto *icon = new QLabel;
    icon->setPixmap(stateIcon(health).pixmap(16, 16));
    grid->addWidget(icon, row, 0, Qt::AlignTop);
}

} // namespace

HelpDialog::HelpDialog(QWidget *parent) : QDialog(parent)
{
    setWindowTitle(tr("Help"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto *column = new QVBoxLayout(this);
    column->setSpacing(12);
    column->addWidget(section(tr("States"), states()));
    column->addWidget(section(tr("Modes"), modes()));
    column->addWidget(section(tr("Keys"), keys()));
    auto *close = new QDialogButtonBox(QDialogButtonBox::Close, this);
    column->addWidget(close);
    connect(close, &QDialogButtonBox::rejected, this, &QDialog::close);
    resize(520, sizeHint().height());
}

QWidget *HelpDialog::section(const QString &title, QGridLayout *grid)
{
    auto *box = new QGroupBox(title, this);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(4);
    box->setLayout(grid);
    return box;
}

QGridLayout *HelpDialog::states()
{
    auto *grid = new QGridLayout;
    addState(grid, Health::Healthy, tr("Everything that is checked is within its limits."));
    addState(grid, Health::Warning, tr("A warning limit is crossed, or a repair is under way."));
    addState(grid, Health::Critical, tr("It does not work, or a critical limit is crossed."));
    addState(grid, Health::Unknown, tr("Nothing is known yet, or it cannot be asked; the reason stands beside it."));
    return grid;
}

QGridLayout *HelpDialog::modes()
{
    auto *grid = new QGridLayout;
    for (const Mode mode : {Mode::Observe, Mode::Approve, Mode::Automatic})
        addRow(grid, words(mode), modeExplained(mode) + u'.');
    addRow(grid, QString(), tr("The selector in the header is an upper limit: it never allows more than the configuration does."));
    return grid;
}

QGridLayout *HelpDialog::keys()
{
    auto *grid = new QGridLayout;
    const auto key = [grid](const QKeySequence &keys, const QString &text) {
        addRow(grid, keys.toString(QKeySequence::NativeText), text);
    };
    addRow(grid, tr("Ctrl+1 to Ctrl+4"), tr("Overview, incidents, settings, rights"));
    key(Qt::CTRL | Qt::Key_R, tr("Review what waits for your answer"));
    key(Qt::CTRL | Qt::SHIFT | Qt::Key_P, tr("Stop all automation, or let it go on"));
    key(Qt::CTRL | Qt::Key_Space, tr("Let the charts stand still, or follow the time"));
    addRow(grid, tr("Left, Right, Esc"), tr("In a chart: move and hide the cross-hair of all charts"));
    key(Qt::Key_Return, tr("In a chart or list: open the incident"));
    key(Qt::CTRL | Qt::Key_Q, tr("Stop healing and quit"));
    key(Qt::Key_F1, tr("This page"));
    return grid;
}

} // namespace prunella
