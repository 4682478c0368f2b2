#include "ui/escalation/EscalationCenter.h"

#include "ui/escalation/EscalationDialog.h"

#include <QWidget>
#include <algorithm>
#include <limits>

namespace prunella {

EscalationCenter::EscalationCenter(EngineClient *client, QWidget *window, std::shared_ptr<const Clock> clock)
    : QObject(window), m_client(client), m_clock(clock ? std::move(clock) : std::make_shared<SystemClock>()),
      m_dialog(std::make_unique<EscalationDialog>(client, m_clock, window))
{
    connect(m_client, &EngineClient::approvalAsked, this, &EscalationCenter::ask);
    connect(m_client, &EngineClient::approvalWithdrawn, this, &EscalationCenter::withdraw);
    connect(m_client, &EngineClient::frameReady, this, &EscalationCenter::reconcile);
    connect(m_client, &EngineClient::commandAnswered, m_dialog.get(), &EscalationDialog::answered);
    connect(m_dialog.get(), &EscalationDialog::settled, this, &EscalationCenter::settle);
    connect(m_dialog.get(), &EscalationDialog::putOff, this, &EscalationCenter::putOff);
    connect(m_dialog.get(), &EscalationDialog::closedByUser, this, &EscalationCenter::closed);
    connect(&m_timer, &QTimer::timeout, this, &EscalationCenter::tick);
    m_timer.setInterval(1000);
    reconcile();
}

EscalationCenter::~EscalationCenter() = default;

bool EscalationCenter::isShowing() const { return m_dialog->isVisible(); }

void EscalationCenter::ask(const ApprovalRequest &request)
{
    const auto old = std::ranges::find(m_queue, request.incidentId, &ApprovalRequest::incidentId);
    if (old == m_queue.end()) {
        m_queue.append(request);
        m_hiddenUntil.remove(request.incidentId);
    } else {
        if (old->planHash != request.planHash)
            m_hiddenUntil.remove(request.incidentId); // another plan is another question
        *old = request;
    }
    count();
    if (isShowing() && m_dialog->request().incidentId != request.incidentId)
        return; // one at a time: it says how many wait
    if (!m_hiddenUntil.contains(request.incidentId))
        show(request.incidentId);
}

void EscalationCenter::withdraw(const QString &incidentId)
{
    m_hiddenUntil.remove(incidentId);
    const bool shown = isShowing() && m_dialog->request().incidentId == incidentId;
    const bool answeredHere = shown && m_dialog->isPending(); // our own approval withdraws the question too
    m_queue.removeIf([&](const ApprovalRequest &request) { return request.incidentId == incidentId; });
    count();
    if (!shown || answeredHere)
        return;
    m_dialog->hide();
    showNext();
}

void EscalationCenter::reconcile()
{
    const FramePtr frame = m_client->frame();
    for (const Incident &incident : frame->engine.readOnly ? QList<Incident>{} : frame->open) { // a console that only watches cannot answer
        const bool known = std::ranges::any_of(m_queue, [&](const ApprovalRequest &request) {
            return incident.approval && request.incidentId == incident.id && request.planHash == incident.approval->planHash
                && request.deadlineMonotonicMs == incident.approval->deadlineMonotonicMs
                && request.given.size() == incident.approval->given.size();
        });
        if (incident.approval && incident.status == IncidentStatus::AwaitingApproval && !known)
            ask(*incident.approval);
    }
}

void EscalationCenter::settle(const QString &incidentId)
{
    m_queue.removeIf([&](const ApprovalRequest &request) { return request.incidentId == incidentId; });
    m_hiddenUntil.remove(incidentId);
    m_dialog->hide();
    count();
    showNext();
}

void EscalationCenter::putOff()
{
    m_hiddenUntil.insert(m_dialog->request().incidentId, m_clock->now().monotonicMs + AskAgainMs);
    m_dialog->hide();
    showNext();
}

void EscalationCenter::closed()
{
    // It waits in the header until it is reviewed there, or its plan changes.
    m_hiddenUntil.insert(m_dialog->request().incidentId, std::numeric_limits<qint64>::max());
    showNext();
}

void EscalationCenter::showNext()
{
    const auto next = std::ranges::find_if(m_queue, [this](const ApprovalRequest &request) {
        return !m_hiddenUntil.contains(request.incidentId);
    });
    if (next != m_queue.end())
        show(QString(next->incidentId));
}

void EscalationCenter::show(const QString &incidentId)
{
    const auto request = std::ranges::find(m_queue, incidentId, &ApprovalRequest::incidentId);
    m_dialog->ask(*request, waiting());
    m_dialog->show();
}

void EscalationCenter::review()
{
    if (m_queue.isEmpty())
        return;
    if (!isShowing()) {
        m_hiddenUntil.remove(m_queue.first().incidentId);
        show(QString(m_queue.first().incidentId));
    }
    m_dialog->raise();
    m_dialog->activateWindow();
}

void EscalationCenter::tick()
{
    const qint64 now = m_clock->now().monotonicMs;
    m_hiddenUntil.removeIf([now](const auto &entry) { return entry.value() <= now; });
    if (isShowing())
        m_dialog->tick();
    else
        showNext();
}

void EscalationCenter::count()
{
    m_dialog->setWaiting(waiting());
    m_queue.isEmpty() && !isShowing() ? m_timer.stop() : m_timer.start();
    if (m_told == waiting())
        return;
    m_told = waiting();
    Q_EMIT waitingChanged(m_told);
}

} // namespace prunella
