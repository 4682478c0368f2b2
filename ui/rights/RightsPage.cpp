#include "ui/rights/RightsPage.h"

#include "ui/Theme.h"
#include "ui/incidents/Card.h"
#include "ui/rights/RightsModel.h"
#include "ui/text/RightWords.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QTableView>

namespace prunella {

RightsPage::RightsPage(EngineClient *client, QWidget *parent) : QWidget(parent), m_client(client), m_model(new RightsModel(this))
{
    build();
    connect(m_again, &QPushButton::clicked, this, &RightsPage::read);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &RightsPage::showReasons);
    connect(m_model, &QAbstractItemModel::modelReset, this, &RightsPage::showReasons);
    connect(m_client, &EngineClient::eventHappened, this, [this](const EngineEvent &event) {
        if (event.event == u"reloaded" && isVisible()) // other services
            read();
    });
}

void RightsPage::build()
{
    m_summary = new QLabel(tr("Asking what may be done…"), this);
    m_summary->setObjectName(QStringLiteral("rightsSummary"));
    m_summary->setWordWrap(true);
    m_again = new QPushButton(tr("Look &again"), this);
    m_again->setObjectName(QStringLiteral("rightsAgain"));
    m_again->setToolTip(tr("Asks again, after a rule of polkit or a file's rights were changed"));
    auto *head = new QHBoxLayout;
    head->addWidget(m_summary, 1);
    head->addWidget(m_again, 0, Qt::AlignTop);
    m_table = new QTableView(this);
    m_table->setObjectName(QStringLiteral("rightsTable"));
    m_table->setAccessibleName(tr("Rights: a row each service, a column each action"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 3 * Theme::Grid);
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    auto *split = new QSplitter(Qt::Vertical, this);
    split->setChildrenCollapsible(false);
    split->addWidget(m_table);
    split->addWidget(buildReasons());
    split->setStretchFactor(0, 1);
    split->setStretchFactor(1, 1);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(3 * Theme::Grid, 2 * Theme::Grid, 3 * Theme::Grid, 2 * Theme::Grid);
    all->setSpacing(2 * Theme::Grid);
    all->addLayout(head);
    all->addWidget(split, 1);
}

QWidget *RightsPage::buildReasons()
{
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setAccessibleName(tr("Why, for the chosen service"));
    m_reasons = new QWidget(area);
    m_chosen = new QLabel(m_reasons);
    m_chosen->setObjectName(QStringLiteral("rightsOf"));
    m_chosen->setFont(Theme::bold(font()));
    m_lines = new QVBoxLayout;
    m_lines->setSpacing(2 * Theme::Grid);
    auto *all = new QVBoxLayout(m_reasons);
    all->setContentsMargins(0, 2 * Theme::Grid, Theme::Grid, 0);
    all->setSpacing(2 * Theme::Grid);
    all->addWidget(m_chosen);
    all->addLayout(m_lines);
    all->addStretch();
    area->setWidget(m_reasons);
    return area;
}

void RightsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    read();
}

void RightsPage::read()
{
    const quint64 asked = ++m_asked;
    m_again->setEnabled(false);
    m_client->rights().then(this, [this, asked](const QList<RightVerdict> &rights) {
        if (asked == m_asked)
            take(rights);
    });
}

void RightsPage::take(const QList<RightVerdict> &rights)
{
    m_again->setEnabled(true);
    const QString before = m_model->serviceOf(m_table->currentIndex().row());
    m_model->setRights(rights);
    m_summary->setText(summary());
    m_table->resizeColumnsToContents();
    for (int column = 0; column < m_model->columnCount(); ++column)
        m_table->setColumnWidth(column, m_table->columnWidth(column) + 2 * Theme::Grid);
    const int lines = m_model->rowCount() * m_table->verticalHeader()->defaultSectionSize();
    m_table->setMaximumHeight(m_table->horizontalHeader()->sizeHint().height() + lines + m_table->horizontalScrollBar()->sizeHint().height() + 4);
    int row = 0;
    for (int i = 0; i < m_model->rowCount(); ++i)
        row = m_model->serviceOf(i) == before ? i : row;
    m_table->selectRow(row);
}

QString RightsPage::summary() const
{
    const QList<RightVerdict> &rights = m_model->rights();
    if (rights.isEmpty()) {
        return m_client->frame()->engine.readOnly ? tr("This console only watches: what the running engine may do is told by prunellactl on its account.")
                                                  : tr("No services are watched yet, so nothing needs a right.");
    }
    const auto count = [&rights](RightState state) { return int(std::ranges::count(rights, state, &RightVerdict::state)); };
    const int asks = count(RightState::NeedsPerson), refused = count(RightState::Refused);
    if (asks + refused == 0)
        return tr("Everything that may be needed is permitted.");
    return tr("Permitted: %1. Only after a person has authorised it: %2. Refused: %3. An action without its right is never tried; it goes to a person.")
        .arg(count(RightState::Permitted)).arg(asks).arg(refused);
}

void RightsPage::showReasons()
{
    while (QLayoutItem *item = m_lines->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const QString service = m_model->serviceOf(m_table->currentIndex().row());
    m_chosen->setText(service.isEmpty() ? QString() : tr("Why, for %1").arg(service));
    for (const RightState state : {RightState::Refused, RightState::NeedsPerson, RightState::Permitted}) { // what lacks comes first
        for (const RightVerdict &right : m_model->rights()) {
            if (right.service != service || right.state != state)
                continue;
            auto *line = new Card(healthOf(state), tr("%1: %2", "action: state").arg(rightName(right.what), words(state).toLower()), m_reasons);
            line->setObjectName(QStringLiteral("rightReason"));
            line->addRow(tr("Why"), right.why);
            m_lines->addWidget(line);
        }
    }
}

} // namespace prunella
