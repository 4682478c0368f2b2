#pragma once
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/IncidentSamples.h"
#include "ui/incidents/IncidentModel.h"
#include "ui/incidents/IncidentsPage.h"

#include <QTableView>
#include <memory>

namespace prunella::samples {

/// The parts of an incident, as its tabs stand.
namespace tabs {
enum Tab { TabDiagnosis, TabPlan, TabActions, TabAffected, TabTimeline };
}

/// A page over a fake engine with one waiting and one resolved incident, shown at `size`.
struct IncidentsFixture
{
    FakeEngineClient client;
    std::unique_ptr<IncidentsPage> page;

    explicit IncidentsFixture(QSize size = {1450, 840})
    {
        EngineFrame frame;
        frame.wallMs = Now;
        frame.open = {crash("web", IncidentStatus::AwaitingApproval, Now - 60'000, "open")};
        frame.open.first().approval = samples::approvalFor(frame.open.first(), 0);
        frame.recent = {crash("db", IncidentStatus::Resolved, Now - 7'200'000, "recent")};
        client.calls = {{ActionType::RestartService, text("systemctl restart web.service")}, {ActionType::HealthCheck, text("GET http://127.0.0.1:8080/health")}};
        client.stored = {crash("cache", IncidentStatus::Resolved, Now - 40'000'000, "stored")};
        client.setFrame(frame);
        page = std::make_unique<IncidentsPage>(&client);
        page->resize(size);
        page->show();
    }
    template<typename T>
    T *find(const char *name) const { return page->findChild<T *>(text(name)); }
    QTableView *table() const { return find<QTableView>("incidentTable"); }
    QString selected() const
    {
        const auto rows = table()->selectionModel()->selectedRows();
        return rows.isEmpty() ? QString() : rows.first().data(IncidentModel::IdRole).toString();
    }
    void set(const Incident &incident)
    {
        EngineFrame frame = *client.frame();
        frame.open = {incident};
        client.setFrame(frame);
    }
};

} // namespace prunella::samples
