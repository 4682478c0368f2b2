#include "ui/incidents/IncidentDetails.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/ActionCards.h"
#include "ui/incidents/AffectedList.h"
#include "ui/incidents/DiagnosisView.h"
#include "ui/incidents/IncidentCommands.h"
#include "ui/incidents/IncidentText.h"
#include "ui/incidents/PlanView.h"
#include "ui/incidents/SeenBeforeText.h"
#include "ui/incidents/StateHistory.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QTabWidget>

namespace prunella {
namespace {

QLabel *text(QWidget *parent, const QString &name)
{
    auto *label = new QLabel(parent);
    label->setObjectName(name);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(1); // a word without a gap must not widen the page
    return label;
}

} // namespace

IncidentDetails::IncidentDetails(EngineClient *client, QWidget *parent)
    : QWidget(parent), m_commands(new IncidentCommands(client, this)), m_diagnosis(new DiagnosisView(this)),
      m_plan(new PlanView(client, this)), m_actions(new ActionCards(this)), m_affected(new AffectedList(this)), m_history(new StateHistory(this))
{
    build();
}

void IncidentDetails::build()
{
    m_tabs = new QTabWidget(this);
    m_tabs->setObjectName(QStringLiteral("incidentTabs"));
    m_tabs->setAccessibleName(tr("Parts of the incident"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_diagnosis, tr("&Diagnosis"));
    m_tabs->addTab(m_plan, tr("&Plan"));
    m_tabs->setTabToolTip(m_tabs->indexOf(m_plan), tr("What would be done now, with the exact calls; nothing is done by looking"));
    m_tabs->addTab(m_actions, tr("Ac&tions"));
    m_tabs->addTab(m_affected, tr("A&ffected"));
    m_tabs->addTab(m_history, tr("Timel&ine"));

    auto *page = new QWidget(this);
    auto *lines = new QVBoxLayout(page);
    lines->setContentsMargins(3 * Theme::Grid, 0, 0, 0);
    lines->setSpacing(2 * Theme::Grid);
    lines->addWidget(buildHead());
    lines->addWidget(m_commands);
    lines->addWidget(m_tabs, 1);

    m_empty = text(this, QStringLiteral("detailsEmpty"));
    m_empty->setAlignment(Qt::AlignCenter);
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(page);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins({});
    all->addWidget(m_stack);
}

QWidget *IncidentDetails::buildHead()
{
    auto *head = new QWidget(this);
    m_icon = new QLabel(head);
    m_title = text(head, QStringLiteral("incidentTitle"));
    m_title->setFont(Theme::bold(font()));
    m_sentence = text(head, QStringLiteral("incidentSentence"));
    m_status = text(head, QStringLiteral("incidentStatus"));
    m_halt = text(head, QStringLiteral("incidentHalt"));
    m_facts = text(head, QStringLiteral("incidentFacts"));
    m_facts->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    auto *titleLine = new QHBoxLayout;
    titleLine->addWidget(m_icon, 0, Qt::AlignTop);
    titleLine->addWidget(m_title, 1);
    auto *lines = new QVBoxLayout(head);
    lines->setContentsMargins({});
    lines->setSpacing(Theme::Grid);
    lines->addLayout(titleLine);
    lines->addWidget(m_sentence);
    lines->addWidget(m_status);
    lines->addWidget(m_halt);
    lines->addWidget(m_facts);
    m_seenBefore = text(head, QStringLiteral("seenBefore"));
    m_seenBefore->setTextFormat(Qt::RichText);
    m_seenBefore->hide();
    lines->addWidget(m_seenBefore);
    return head;
}

void IncidentDetails::setIncident(const Incident &incident, const QList<IncidentPattern> &patterns, qint64 nowMs)
{
    m_stack->setCurrentIndex(1);
    showHead(incident, nowMs);
    showSeenBefore(patternsOf(incident, patterns));
    m_commands->setIncident(incident);
    m_diagnosis->setIncident(incident);
    if (isOpen(incident))
        m_plan->setIncident(incident);
    m_actions->setIncident(incident);
    m_affected->setIncident(incident);
    m_history->setIncident(incident);
    setTabTexts(incident);
}

void IncidentDetails::setTabTexts(const Incident &incident)
{
    const auto say = [this](QWidget *tab, const QString &text) { m_tabs->setTabText(m_tabs->indexOf(tab), text); };
    say(m_diagnosis, incident.diagnosis ? tr("&Diagnosis %1").arg(percent(incident.diagnosis->confidence)) : tr("&Diagnosis"));
    say(m_actions, tr("Ac&tions (%1)").arg(incident.actions.size()));
    say(m_affected, tr("A&ffected (%1)").arg(incident.members.size()));
    say(m_history, tr("Timel&ine (%1)").arg(incident.timeline.size()));
    m_tabs->setTabVisible(m_tabs->indexOf(m_plan), isOpen(incident));
    m_tabs->setTabVisible(m_tabs->indexOf(m_affected), !incident.members.isEmpty());
}

void IncidentDetails::showHead(const Incident &incident, qint64 nowMs)
{
    m_icon->setPixmap(stateIcon(stateOf(incident.status)).pixmap(20, 20));
    m_title->setText(tr("%1 on %2").arg(words(incident.type), incident.component));
    m_sentence->setText(whatHappened(incident));
    const QString reason = lastReason(incident);
    m_status->setText(reason.isEmpty() ? words(incident.status) : tr("%1: %2", "status: reason").arg(words(incident.status), reason));
    m_halt->setText(haltWords(incident));
    m_halt->setVisible(!m_halt->text().isEmpty());
    QStringList facts{tr("severity %1").arg(words(incident.severity).toLower()),
                      tr("since %1 (%2)").arg(formatExact(startOf(incident)), formatRelative(startOf(incident), nowMs)),
                      isOpen(incident) ? tr("open for %1").arg(formatDuration(durationOf(incident, nowMs)))
                                       : tr("lasted %1").arg(formatDuration(durationOf(incident, nowMs)))};
    if (const QString names = affectedBy(incident); !names.isEmpty())
        facts.append(tr("fails because of it: %1").arg(names));
    if (incident.symptoms > 1)
        facts.append(tr("%1 events belong to it").arg(incident.symptoms));
    if (!incident.actions.isEmpty())
        facts.append(whatWasDone(incident));
    if (incident.acknowledgedAt > 0)
        facts.append(tr("seen by %1 at %2").arg(incident.acknowledgedBy, formatClock(incident.acknowledgedAt)));
    m_facts->setText(facts.join(tr(" · ")));
    m_facts->setToolTip(tr("Incident %1").arg(incident.id));
}

void IncidentDetails::showSeenBefore(const QList<IncidentPattern> &ofIncident)
{
    QString html = QStringLiteral("<b>%1</b>").arg(tr("Seen before").toHtmlEscaped());
    for (const QString &line : seenBefore(ofIncident))
        html += QStringLiteral("<br>• %1").arg(line.toHtmlEscaped());
    m_seenBefore->setText(html);
    m_seenBefore->setVisible(!ofIncident.isEmpty());
}

void IncidentDetails::clear(const QString &text)
{
    m_empty->setText(text);
    m_stack->setCurrentIndex(0);
}

} // namespace prunella
