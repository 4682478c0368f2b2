// The pipeline's part of probing: which round of probes an incident waits for, and how it goes on.
#include "core/engine/Pipeline.h"

namespace prunella {
namespace {

constexpr qint64 marginMs = 5000;    // the answers come from another thread, and queue there

QString askingText(const QList<ProbeOrder> &orders)
{
    QStringList texts;
    for (const ProbeOrder &order : orders)
        texts.append(toString(order));
    return QStringLiteral("asks: ") + texts.join(QStringLiteral(", "));
}

} // namespace

/// At a fresh look what was answered before may no longer be so. True once after a round that nobody answered: then the
/// diagnosis is made with what is known.
bool Pipeline::askedInVain(const Incident &incident)
{
    const auto probing = m_probing.find(incident.id);
    if (probing == m_probing.end())
        return false;
    const bool inVain = probing->rounds > mostProbeRounds;
    if (inVain)
        probing->rounds = 0;
    else
        m_probing.erase(probing);
    return inVain;
}

/// false: nothing is to be asked, it can be diagnosed.
bool Pipeline::askProbes(Incident &incident, PipelineOutput &out, const Now &now)
{
    Probing probing = m_probing.value(incident.id);
    const QList<ProbeOrder> orders = m_hooks.probes && probing.rounds < mostProbeRounds ? m_hooks.probes(incident) : QList<ProbeOrder>();
    if (orders.isEmpty())
        return false;
    qint64 longest = 0;
    for (const ProbeOrder &order : orders)
        longest = std::max(longest, order.timeoutMs);
    probing.round = ++m_probeRound;
    ++probing.rounds;
    m_probing.insert(incident.id, probing);
    out.probes.append({incident.id, probing.round, orders});
    apply(incident, step::Asked{askingText(orders), now.monotonicMs + longest + marginMs}, out, now);
    return true;
}

PipelineOutput Pipeline::probed(const ProbeAnswers &answers, const Now &now)
{
    PipelineOutput out;
    const auto it = m_open.find(answers.incidentId);
    const auto probing = m_probing.find(answers.incidentId);
    if (it == m_open.end() || probing == m_probing.end() || probing->round != answers.round)
        return out;
    Incident &incident = it->second;
    probing->round = 0; // answered: the same round does not count twice
    probing->facts.insert(answers.facts);
    if (incident.status == IncidentStatus::Diagnosing) {
        if (!mergeIntoCause(incident, out, now) && !askProbes(incident, out, now)) {
            Diagnosis diagnosis = m_hooks.diagnose(incident);
            diagnosis.correlated = correlatedWith(incident) + diagnosis.correlated;
            apply(incident, step::Diagnosed{diagnosis}, out, now);
        }
    } else if (!incident.diagnosis) { // a person took it over meanwhile: nothing follows, but the cause is worth knowing
        incident.diagnosis = m_hooks.diagnose(incident);
        out.changed.append(incident.id);
    }
    finish(out, now);
    return out;
}

/// Of incidents that are over.
void Pipeline::forgetProbes()
{
    m_probing.removeIf([this](const auto &entry) { return !m_open.contains(entry.key()); });
}

} // namespace prunella
