#include "core/diagnosis/Suspects.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace prunella {
namespace {

constexpr double quietOnPath = 0.15;   // weight of a path through a node that is quiet
constexpr double blindOnPath = 0.8;    // and through one that was not measured, or is too noisy to tell
constexpr double unreached = 0.05;     // a node that the alarm's node does not call, not even through others
constexpr double alarmStrength = 0.5;  // the alarm's own node has a symptom, whatever its series say
constexpr double blindOneCaller = 0.6; // how well a node without metrics explains one caller's symptom; a second one as well
constexpr double onlyOthersMeasured = 0.8; // the same where other metrics of it are known, and quiet
constexpr double otherCause = 0.5;     // taken from a caller when another one suffers from the same unseen node
constexpr double callsAtMost = 2;      // calls a request, where requests were not counted
constexpr double notCalled = 0.05;     // of a node that gets no requests
constexpr double otherKind = 0.5;      // how well a callee's other metric explains the caller's
constexpr double unsupported = 0.7;    // of a node none of whose callers has a symptom

/// What can account for a caller's symptom: a callee's own symptom, or one further down that came through it.
struct Account {
    double strength = 0;
    double impact = -1;  ///< over all requests, -1: not known
    double effect = -1;  ///< a request, -1: not comparable
};

bool additive(MetricRole role) { return role == MetricRole::Latency || role == MetricRole::Availability; }

Account ownAccount(const Symptom &symptom)
{
    const SeriesDeviation &d = symptom.deviation;
    return {symptom.strength, symptom.impact, additive(symptom.role) ? std::abs(d.incident - d.base) : -1};
}

/// How much of the caller's symptom this can account for.
double explains(const Account &callee, const Account &caller)
{
    if (callee.impact >= 0 && caller.impact > 0)
        return callee.strength * std::min(1.0, callee.impact / caller.impact);
    if (callee.effect >= 0 && caller.effect > 0)
        return callee.strength * std::min(1.0, callsAtMost * callee.effect / caller.effect);
    return callee.strength;
}

class Ranking
{
public:
    Ranking(const CauseInput &input, const CallGraph &graph) : m_input(input), m_graph(graph)
    {
        for (NodeSymptoms &symptoms : symptomsOf(input)) {
            m_list.suspects.emplace_back();
            m_list.suspects.back().symptoms = std::move(symptoms);
        }
        believeAlarm();
    }

    SuspectList run()
    {
        findCosts();
        findReach();
        std::vector<int> calleesFirst(m_list.suspects.size());
        std::iota(calleesFirst.begin(), calleesFirst.end(), 0);
        std::sort(calleesFirst.begin(), calleesFirst.end(), [this](int a, int b) { return m_graph.cycle(a) < m_graph.cycle(b); });
        for (const auto &[kind, cost] : m_costs)
            judge(kind, calleesFirst);
        judgeAllUnseen();
        for (std::size_t i = 0; i < m_list.suspects.size(); ++i)
            finish(int(i));
        return std::move(m_list);
    }

private:
    Suspect &at(int node) { return m_list.suspects[std::size_t(node)]; }

    void believeAlarm()
    {
        if (!knowsAlarmNode(m_input))
            return;
        auto &all = at(m_input.alarm.node).symptoms.all;
        if (all.empty() || all.front().kind != 0) {
            std::vector<Symptom> withAlarm(1);
            withAlarm.front().kind = 0;
            withAlarm.insert(withAlarm.end(), all.begin(), all.end());
            all = std::move(withAlarm);
        }
        all.front().strength = std::max(all.front().strength, alarmStrength);
    }

    /// The cost of the incident in each metric is that of the node that lost most, as far as it has a symptom.
    void findCosts()
    {
        m_costs[0] = 0;
        const std::vector<int> away = m_graph.lengthsFrom(m_input.alarm.node);
        for (std::size_t i = 0; i < away.size(); ++i) {
            for (const Symptom &symptom : m_list.suspects[i].symptoms.all) {
                double &cost = m_costs[symptom.kind];
                if (away[i] >= 0)
                    cost = std::max(cost, symptom.strength * symptom.impact);
            }
        }
    }

    /// A node's symptom, or - where the incident's cost would not stand out of its noise - the chance that it has one.
    double passes(const Suspect &s) const
    {
        if (s.blind())
            return blindOnPath;
        double symptomatic = 0, visible = 0;
        for (const Symptom &symptom : s.symptoms.all)
            symptomatic = std::max(symptomatic, symptom.weight * symptom.strength);
        const Symptom *alarm = s.symptoms.of(0);
        const double cost = m_costs.at(0);
        if (alarm)
            visible = 1;
        if (alarm && alarm->impact >= 0 && cost > 0 && s.symptoms.requests > 0)
            visible = strengthOf(cost / s.symptoms.requests / alarm->deviation.sigma);
        const double quiet = visible * quietOnPath + (1 - visible) * blindOnPath;
        return quiet + (1 - quiet) * symptomatic;
    }

    void findReach()
    {
        std::vector<double> weights;
        for (Suspect &s : m_list.suspects)
            weights.push_back(s.passes = passes(s));
        const bool known = knowsAlarmNode(m_input);
        m_list.paths = known ? m_graph.pathsFrom(m_input.alarm.node, weights) : m_graph.noPaths();
        for (std::size_t i = 0; i < weights.size(); ++i)
            m_list.suspects[i].reach = !known ? 1 : std::max(unreached, m_list.paths.strength[i]);
    }

    /// The account that a node gives its callers: its own symptom, or the best of its callees' as far as it passes through.
    Account accountOf(int node, const Symptom *own, const std::vector<Account> &accounts)
    {
        Account best;
        for (const int callee : m_graph.callees(node)) {
            if (const Account &a = accounts[std::size_t(callee)]; a.strength * at(node).passes > best.strength)
                best = {a.strength * at(node).passes, a.impact, a.effect};
        }
        if (own && own->strength >= best.strength)
            return ownAccount(*own);
        double other = 0;
        for (const Symptom &symptom : at(node).symptoms.all) {
            if (symptom.role != MetricRole::Requests && &symptom != own)
                other = std::max(other, symptom.strength * (own ? otherKind : symptom.weight));
        }
        return other > best.strength ? Account{other} : best;
    }

    double explainedBy(int node, const Symptom &symptom, const std::vector<Account> &accounts)
    {
        const Account own = ownAccount(symptom);
        double sum = 0, single = 0;
        for (const int callee : m_graph.callees(node)) {
            const Account &account = accounts[std::size_t(callee)];
            if (m_graph.inOneCycle(node, callee) && account.strength <= symptom.strength)
                continue;
            double &part = account.impact < 0 || symptom.impact <= 0 ? single : sum;
            part = account.impact < 0 || symptom.impact <= 0 ? std::max(single, explains(account, own)) : sum + explains(account, own);
        }
        return std::min(1.0, std::max(sum, single));
    }

    void judge(int kind, const std::vector<int> &calleesFirst)
    {
        std::vector<Account> accounts(m_list.suspects.size()), ofCycle;
        std::vector<double> residuals(m_list.suspects.size(), 0);
        for (std::size_t first = 0, last = 0; first < calleesFirst.size(); first = last) {
            while (last < calleesFirst.size() && m_graph.inOneCycle(calleesFirst[first], calleesFirst[last]))
                ++last;
            ofCycle.clear();
            for (std::size_t i = first; i < last; ++i) { // within a cycle each sees the others' own symptoms, so that no order counts
                const Symptom *symptom = at(calleesFirst[i]).symptoms.of(kind);
                accounts[std::size_t(calleesFirst[i])] = symptom ? ownAccount(*symptom) : Account();
            }
            for (std::size_t i = first; i < last; ++i) {
                const Symptom *symptom = at(calleesFirst[i]).symptoms.of(kind);
                if (symptom)
                    consider(calleesFirst[i], *symptom, accounts, residuals);
                ofCycle.push_back(accountOf(calleesFirst[i], symptom, accounts));
            }
            for (std::size_t i = first; i < last; ++i)
                accounts[std::size_t(calleesFirst[i])] = ofCycle[i - first];
        }
        if (kind == 0)
            m_residuals = std::move(residuals);
    }

    void consider(int node, const Symptom &symptom, const std::vector<Account> &accounts, std::vector<double> &residuals)
    {
        Suspect &s = at(node);
        const double explained = explainedBy(node, symptom, accounts), cost = m_costs[symptom.kind];
        const double share = symptom.impact >= 0 && cost > 0 ? std::min(1.0, symptom.impact / cost) : 1;
        const double residual = symptom.strength * (1 - explained), score = symptom.weight * std::sqrt(share) * residual;
        residuals[std::size_t(node)] = residual;
        s.largestZ = std::max(s.largestZ, symptom.deviation.z);
        if (s.kind >= 0 && score <= s.score)
            return;
        s.score = score;
        s.kind = symptom.kind;
        s.explained = explained;
        s.share = share;
    }

    double suffering(int node)
    {
        double most = 0;
        for (const Symptom &symptom : at(node).symptoms.all)
            most = std::max(most, symptom.weight * symptom.strength);
        return most;
    }

    /// Without the alarm's metric, a node shows only in those who call it: the more of them have a symptom of their own, the
    /// rather it is the cause, and the less are they.
    void judgeUnseen(int node, std::vector<double> &shared)
    {
        double first = 0, second = 0, measured = 0, sum = 0;
        for (const int caller : m_graph.callers(node)) {
            if (at(caller).blind())
                continue;
            const double residual = m_residuals[std::size_t(caller)];
            measured += 1;
            sum += suffering(caller);
            second = std::max(second, std::min(first, residual));
            first = std::max(first, residual);
        }
        if (measured == 0)
            return;
        Suspect &s = at(node);
        const double score = std::min(1.0, blindOneCaller * (first + second)) * std::sqrt(sum / measured) * (s.blind() ? 1 : onlyOthersMeasured);
        if (score > s.score) {
            s.score = score;
            s.kind = -1;
        }
        for (const int caller : m_graph.callers(node))
            shared[std::size_t(caller)] = std::max(shared[std::size_t(caller)], second * (s.blind() ? 1 : onlyOthersMeasured));
    }

    void judgeAllUnseen()
    {
        std::vector<double> shared(m_list.suspects.size(), 0);
        for (std::size_t i = 0; i < shared.size(); ++i) {
            if (!m_list.suspects[i].symptoms.of(0))
                judgeUnseen(int(i), shared);
        }
        for (std::size_t i = 0; i < shared.size(); ++i)
            m_list.suspects[i].score *= 1 - otherCause * shared[i];
    }

    void finish(int node)
    {
        Suspect &s = at(node);
        double untouched = 1;
        for (const int caller : m_graph.callers(node))
            untouched *= 1 - 0.5 * suffering(caller);
        s.support = 1 - untouched;
        s.score *= s.reach * (node == m_input.alarm.node ? 1 : unsupported + (1 - unsupported) * s.support);
        if (!s.symptoms.called)
            s.score *= notCalled;
    }

    const CauseInput &m_input;
    const CallGraph &m_graph;
    SuspectList m_list;
    std::map<int, double> m_costs;     ///< of each metric, by its number
    std::vector<double> m_residuals;   ///< of the alarm's metric
};

} // namespace

SuspectList suspectsOf(const CauseInput &input, const CallGraph &graph)
{
    return Ranking(input, graph).run();
}

} // namespace prunella
