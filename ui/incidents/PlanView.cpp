#include "ui/incidents/PlanView.h"

#include "ui/Theme.h"
#include "ui/incidents/Card.h"
#include "ui/incidents/PlanText.h"
#include "ui/text/Words.h"

#include <QBoxLayout>
#include <QLabel>

namespace prunella {
namespace {

constexpr int AskAgainMs = 5000;

/// What of an incident may change its plan.
QString aboutOf(const Incident &incident)
{
    QString about = incident.id + QStringLiteral(" %1 %2 %3").arg(int(incident.status)).arg(int(incident.haltReason)).arg(incident.timeline.size());
    for (const RecoveryActionRecord &action : incident.actions)
        about += u' ' + action.id + QString::number(int(action.status));
    if (incident.diagnosis)
        about += u' ' + incident.diagnosis->causeId + QString::number(incident.diagnosis->confidence);
    return about;
}

QString parametersOf(const PlannedStep &step)
{
    QStringList parts;
    for (auto it = step.parameters.cbegin(); it != step.parameters.cend(); ++it)
        parts.append(it.key() + QStringLiteral(" = ") + it.value());
    return parts.join(QStringLiteral(", "));
}

QString fingerprint(const IncidentPlan &plan, const QList<RightVerdict> &rights)
{
    QString all = plan.incidentId + planTitle(plan) + plan.why;
    bool next = true;
    for (const PlannedStep &step : plan.steps) {
        all += u'\n' + step.step + step.call + parametersOf(step) + verdictWords(step, next) + afterWords(step) + lackingRight(step, rights);
        next = next && !step.due;
    }
    return all;
}

} // namespace

PlanView::PlanView(EngineClient *client, QWidget *parent) : QScrollArea(parent), m_client(client)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("What would be done"));
    auto *inside = new QWidget(this);
    m_title = new QLabel(inside);
    m_title->setObjectName(QStringLiteral("planTitle"));
    m_title->setFont(Theme::bold(font()));
    m_note = new QLabel(inside);
    m_note->setObjectName(QStringLiteral("planNote"));
    m_note->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    m_cards = new QVBoxLayout;
    m_cards->setSpacing(2 * Theme::Grid);
    auto *all = new QVBoxLayout(inside);
    all->setContentsMargins(0, Theme::Grid, Theme::Grid, 0);
    all->setSpacing(Theme::Grid);
    for (QLabel *label : {m_title, m_note}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setMinimumWidth(1);
        all->addWidget(label);
    }
    all->addLayout(m_cards);
    all->addStretch();
    setWidget(inside);
    m_again.setInterval(AskAgainMs);
    connect(&m_again, &QTimer::timeout, this, &PlanView::ask);
}

void PlanView::setIncident(const Incident &incident)
{
    const QString about = aboutOf(incident);
    if (about == m_about)
        return;
    m_about = about;
    const bool other = incident.id != m_incidentId;
    m_incidentId = incident.id;
    if (other)
        take(IncidentPlan{incident.id, {}, {}, {}}); // nothing of another incident stays on screen
    m_stale = true;
    if (!isVisible())
        return; // asked when it is looked at
    ask();
    if (other)
        askRights();
}

void PlanView::showEvent(QShowEvent *event)
{
    QScrollArea::showEvent(event);
    m_again.start();
    if (!m_stale)
        return;
    ask();
    askRights();
}

void PlanView::hideEvent(QHideEvent *event)
{
    QScrollArea::hideEvent(event);
    m_again.stop();
    m_stale = true;
}

void PlanView::ask()
{
    if (m_incidentId.isEmpty())
        return;
    m_stale = false;
    const quint64 asked = ++m_asked;
    m_client->plan(m_incidentId).then(this, [this, asked](const Result<IncidentPlan> &plan) {
        if (asked == m_asked)
            take(plan);
    });
}

void PlanView::askRights()
{
    m_client->rights().then(this, [this](const QList<RightVerdict> &rights) {
        m_rights = rights;
        rebuild();
    });
}

void PlanView::take(const Result<IncidentPlan> &plan)
{
    m_plan = plan ? *plan : IncidentPlan{m_incidentId, {}, plan.error().message, {}};
    rebuild();
}

void PlanView::rebuild()
{
    const QString wanted = fingerprint(m_plan, m_rights);
    if (wanted == m_shown)
        return; // a selection in a call survives
    m_shown = wanted;
    while (QLayoutItem *item = m_cards->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_title->setText(m_plan.steps.isEmpty() ? tr("What would be done now") : planTitle(m_plan));
    const QString looking = m_plan.steps.isEmpty() ? QString() : tr("Nothing is done by looking. This is the policy's word as of now.");
    m_note->setText(m_plan.why.isEmpty() ? looking : looking.isEmpty() ? m_plan.why : tr("%1 %2", "two sentences").arg(m_plan.why, looking));
    int number = 0;
    bool next = true;
    for (const PlannedStep &step : std::as_const(m_plan.steps)) {
        m_cards->addWidget(card(step, ++number, next && step.due));
        next = next && !step.due;
    }
}

QWidget *PlanView::card(const PlannedStep &step, int number, bool next)
{
    auto *card = new Card(signOf(step), stepTitle(step, number), this);
    card->setObjectName(QStringLiteral("planCard"));
    card->addRow(tr("Policy"), verdictWords(step, next));
    if (step.verdict.reason != Reason::NotAuthorised)
        card->addRow(tr("Rights"), lackingRight(step, m_rights));
    if (step.call.isEmpty())
        card->addRow(tr("Call"), tr("not known: what is needed for it could not be found out"));
    else
        card->addExact(tr("Call"), step.call, 0);
    const QString id = step.text.isEmpty() || step.step.isEmpty() ? step.step + step.text : tr("%1: %2", "step: its purpose").arg(step.step, step.text);
    card->addRow(tr("Step"), id);
    card->addRow(tr("With"), parametersOf(step));
    card->addRow(tr("If in vain"), step.due ? afterWords(step) : QString());
    return card;
}

} // namespace prunella
