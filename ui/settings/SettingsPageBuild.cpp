// How the settings page is put together; what it does is in SettingsPage.cpp.
#include "ui/Theme.h"
#include "ui/settings/DiffView.h"
#include "ui/settings/SettingsPage.h"
#include "ui/settings/ThresholdDelegate.h"
#include "ui/settings/ThresholdModel.h"

#include <QBoxLayout>
#include <QFrame>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>

namespace prunella {
namespace {

QLabel *line(QWidget *parent, const QString &name)
{
    auto *label = new QLabel(parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

} // namespace

void SettingsPage::build()
{
    m_file = line(this, QStringLiteral("settingsFile"));
    m_offer = buildOffer();
    m_offer->hide();
    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setChildrenCollapsible(false);
    m_split->addWidget(buildValues());
    m_split->addWidget(buildReview());
    m_split->setStretchFactor(0, 3);
    m_split->setStretchFactor(1, 2);
    m_split->setSizes({860, 430});
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(3 * Theme::Grid, 2 * Theme::Grid, 3 * Theme::Grid, 2 * Theme::Grid);
    all->setSpacing(2 * Theme::Grid);
    all->addWidget(m_file);
    all->addWidget(m_offer);
    all->addWidget(m_split, 1);
}

QWidget *SettingsPage::buildValues()
{
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setAccessibleName(tr("Settings"));
    m_values = new QWidget(area);
    m_values->installEventFilter(this); // its width decides how many columns the groups take
    m_grid = new QGridLayout;
    m_grid->setSpacing(3 * Theme::Grid);
    auto *all = new QVBoxLayout(m_values);
    all->setContentsMargins(0, 0, 2 * Theme::Grid, 0);
    all->setSpacing(2 * Theme::Grid);
    all->addWidget(buildThresholds());
    all->addLayout(m_grid);
    all->addStretch();
    area->setWidget(m_values);
    return area;
}

QWidget *SettingsPage::buildThresholds()
{
    auto *part = new QWidget(m_values);
    auto *title = new QLabel(tr("Thresholds"), part);
    title->setFont(Theme::bold(font()));
    m_table = new QTableView(part);
    m_table->setObjectName(QStringLiteral("thresholdTable"));
    m_table->setAccessibleName(tr("Thresholds"));
    m_table->setModel(m_thresholds);
    m_table->setItemDelegate(new ThresholdDelegate(m_table));
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed | QAbstractItemView::AnyKeyPressed
                             | QAbstractItemView::SelectedClicked);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 3 * Theme::Grid);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_thresholdErrors = line(part, QStringLiteral("thresholdErrors"));
    m_thresholdErrors->setPalette(Theme::withText(palette(), Theme::state(palette(), Health::Critical)));
    auto *all = new QVBoxLayout(part);
    all->setContentsMargins({});
    all->setSpacing(Theme::Grid);
    all->addWidget(title);
    all->addWidget(m_table);
    all->addWidget(m_thresholdErrors);
    return part;
}

QWidget *SettingsPage::buildReview()
{
    m_review = new QWidget(this);
    m_status = line(m_review, QStringLiteral("settingsStatus"));
    m_status->setFont(Theme::bold(font()));
    m_problems = line(m_review, QStringLiteral("settingsProblems"));
    m_problems->setPalette(Theme::withText(palette(), Theme::state(palette(), Health::Critical)));
    m_diffTitle = new QLabel(m_review);
    m_diffTitle->setWordWrap(true);
    m_diffTitle->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    m_diff = new DiffView(m_review);
    m_diff->setMinimumHeight(72);
    m_save = new QPushButton(tr("&Save"), m_review);
    m_save->setObjectName(QStringLiteral("saveSettings"));
    m_discard = new QPushButton(tr("&Discard"), m_review);
    m_discard->setObjectName(QStringLiteral("discardSettings"));
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_status, 1);
    buttons->addWidget(m_discard);
    buttons->addWidget(m_save);
    auto *all = new QVBoxLayout(m_review);
    all->setContentsMargins(2 * Theme::Grid, 0, 0, 0);
    all->setSpacing(Theme::Grid);
    all->addLayout(buttons);
    all->addWidget(m_problems);
    all->addWidget(m_diffTitle);
    all->addWidget(m_diff, 1);
    all->addStretch();
    m_review->setMinimumWidth(280);
    return m_review;
}

QWidget *SettingsPage::buildOffer()
{
    auto *offer = new QFrame(this);
    offer->setObjectName(QStringLiteral("outsideOffer"));
    offer->setFrameShape(QFrame::StyledPanel);
    auto *text = line(offer, QStringLiteral("outsideText"));
    text->setText(tr("The configuration was changed outside while you were editing. Your changes still apply to it when you save."));
    m_reload = new QPushButton(tr("&Load it and drop my changes"), offer);
    m_reload->setObjectName(QStringLiteral("loadOutside"));
    auto *all = new QHBoxLayout(offer);
    all->addWidget(text, 1);
    all->addWidget(m_reload);
    return offer;
}

} // namespace prunella
