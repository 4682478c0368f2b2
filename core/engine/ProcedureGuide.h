#pragma once
// The procedures in use, asked by the pipeline: which step of which one comes next.
#include "core/engine/PipelineTypes.h"
#include "core/model/PlannedStep.h"

namespace prunella {

class ProcedureGuide
{
public:
    void setProcedures(const QList<Procedure> &procedures) { m_procedures = procedures; }
    /// As the store keeps them.
    [[nodiscard]] QList<ProcedureRow> rows(qint64 wallMs) const;

    /// Nothing: no procedure is for this incident. `service` may be null.
    [[nodiscard]] std::optional<ProcedureWord> next(const Incident &incident, const ServiceConfig *service, const Evidence &evidence,
                                                    const std::function<bool(const Wish &)> &possible) const;
    [[nodiscard]] std::optional<ProcedureStep> step(const QString &procedure, const QString &id) const;

    /// The most that any step of its procedure demands for such an action; 0: none does.
    [[nodiscard]] int approvals(const Incident &incident, const ServiceConfig *service, const Evidence &evidence, ActionType type) const;

    /// All that is still to come, for a dry run; a step that is left out says why.
    struct Outlook { Wish wish; ProcedureStep step; QString leftOut; };
    [[nodiscard]] std::pair<QString, QList<Outlook>> outlook(const Incident &incident, const ServiceConfig *service, const Evidence &evidence) const;

private:
    [[nodiscard]] const Procedure *procedureFor(const Incident &incident, const ServiceConfig *service, const Evidence &evidence) const;
    QList<Procedure> m_procedures;
};

} // namespace prunella
