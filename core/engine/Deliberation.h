#pragma once
#include "core/engine/Pipeline.h"
#include "core/engine/ProcedureGuide.h"
#include "core/recovery/Policy.h"

namespace prunella {

/// Looks at a pipeline's state and says what to do next and what the policy has to know; changes nothing.
class Deliberation
{
public:
    explicit Deliberation(const Pipeline &of) : m_of(of) {}

    /// A step of the incident's procedure; without one the next action of the diagnosis. `none` says why there is nothing.
    [[nodiscard]] std::optional<Wish> chosen(const Incident &incident, RecoveryDecision &none, const Now &now) const;
    [[nodiscard]] ActionRequest requestFor(const Incident &incident, const Wish &wish, const Now &now) const;
    [[nodiscard]] PolicyInput policyInput(const Incident &incident, const Wish &wish, bool approved, const Now &now) const;
    /// What would be done for it, step by step; nothing is.
    [[nodiscard]] IncidentPlan planOf(const Incident &incident, const std::pair<QString, QList<ProcedureGuide::Outlook>> &outlook, const Now &now) const;
    /// How many different people must say yes.
    [[nodiscard]] int approvalsNeeded(const QString &component, const Wish &wish) const;
    /// What is known beforehand of an action that can be done; empty where there is nothing to look at.
    [[nodiscard]] Preflight preflight(const ServiceConfig *target, const Incident &incident, const Wish &wish, const Now &now) const;
    /// The incident of a component that must be healed before those that need it.
    [[nodiscard]] const Incident *brokenIncident(const QString &component) const;

private:
    [[nodiscard]] PlannedStep outlookOf(const Incident &incident, const Wish &wish, const Now &now) const;
    [[nodiscard]] QString switchedOffBy(const ServiceConfig *target, ActionType type) const;
    [[nodiscard]] std::optional<Wish> fromDiagnosis(const Incident &incident, const Now &now) const;
    [[nodiscard]] bool hasAttempts(const Incident &incident, ActionType type, const Now &now) const;
    [[nodiscard]] bool isPossible(const Incident &incident, const Wish &wish, const Now &now) const;
    [[nodiscard]] RecoveryDecision withoutPlan(const Incident &incident, const Now &now) const;
    void setBreaker(PolicyInput &in, const ServiceConfig *target) const;
    void setLook(PolicyInput &in, const Preflight &look) const;
    void setPauses(PolicyInput &in, const Incident &incident, const ServiceConfig *target, const Now &now) const;
    void setBrokenNeed(PolicyInput &in, const Incident &incident, const Now &now) const;
    [[nodiscard]] int unhealthyServices() const;

    const Pipeline &m_of;
};

} // namespace prunella
