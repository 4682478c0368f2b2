#pragma once
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/IncidentSamples.h"
#include "ui/escalation/EscalationCenter.h"
#include "ui/escalation/EscalationDialog.h"

#include <QLabel>
#include <QPushButton>
#include <QTest>
#include <QWidget>

namespace prunella::samples {

/// A center over a fake engine, a window, and a clock that moves only when told.
struct EscalationFixture
{
    FakeEngineClient client;
    QWidget window;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    EscalationCenter *center;
    EscalationDialog *dialog;

    EscalationFixture()
    {
        client.calls = {{ActionType::RestartService, text("systemctl restart web.service")}, {ActionType::HealthCheck, text("GET /health")}};
        window.resize(1024, 700);
        window.show();
        center = new EscalationCenter(&client, &window, clock);
        dialog = window.findChild<EscalationDialog *>();
    }
    Incident waiting(const char *component, const char *id, const char *plan = "plan-1")
    {
        Incident incident = crash(component, IncidentStatus::AwaitingApproval, clock->now().wallMs - 60'000, id);
        incident.approval = approvalFor(incident, clock->now().monotonicMs, plan);
        return incident;
    }
    void frame(const QList<Incident> &open)
    {
        EngineFrame frame;
        frame.wallMs = clock->now().wallMs;
        frame.open = open;
        frame.recent = {crash("web", IncidentStatus::Resolved, frame.wallMs - 7'200'000, "r1"), crash("web", IncidentStatus::Resolved, frame.wallMs - 9'200'000, "r2")};
        client.setFrame(frame);
    }
    /// As the engine does it: the picture, then the question.
    void ask(const Incident &incident)
    {
        frame({incident});
        client.ask(*incident.approval);
    }
    void later(qint64 ms)
    {
        clock->advance(ms);
        center->tick();
    }
    QPushButton *button(const char *name) const { return dialog->findChild<QPushButton *>(text(name)); }
    QString shown(const char *name) const { return dialog->findChild<QLabel *>(text(name))->text().replace(QChar(0xA0), u' '); }
    void click(const char *name) const { QTest::mouseClick(button(name), Qt::LeftButton); }
};

} // namespace prunella::samples
