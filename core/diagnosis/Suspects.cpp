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
constexpr double notCalled = 0.05;     // of a node that gets no requests
constexpr double otherKind = 0.5;      // how well a callee's other metric explains the caller's
constexpr double unsupported = 0.7;    // of a node none of whose callers has a symptom

/// What can account for a caller's symptom: a callee's own symptom, or one further down that came through it.
struct Account { double strength = 0, impact = -1; };

class Ranking
{
public:
    Ranking(const CauseInput &input, const CallGraph &graph) : m_input(input), m_graph(graph)
    {
        for (NodeSymptoms &symptoms : symptomsOf(input)) {
            m_list.suspects.emplace_back();
            m_list.suspects.back().symptoms = std::move(symptoms);
        }
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
        for (std::size_t i = 0; i < m_list.suspects.size(); ++i)
            finish(int(i));
        return std::move(m_list);
    }

private:
    Suspect &at(int node) { return m_list.suspects[std::size_t(node)]; }

    double strengthOfSymptom(int node, const Symptom &symptom) const
    {
        return node == m_input.alarm.node && symptom.kind == 0 ? std::max(symptom.strength, alarmStrength) : symptom.strength;
    }

    /// The cost of the incident in each metric is that of the node that lost most, as far as it has a symptom.
    void findCosts()
    {
        m_costs[0] = 0;
        for (const Suspect &s : m_list.suspects) {
            for (const Symptom &symptom : s.symptoms.all) {
                double &cost = m_costs[symptom.kind];
                cost = std::max(cost, symptom.strength * symptom.impact);
            }
        }
    }

    /// A node's symptom, or - where the incident's cost would not stand out of its noise - the chance that it has one.
    double passes(const Suspect &s) const
    {
        if (s.blind())
            return blindOnPath;
        double symptomatic = 0, visible = 1;
        for (const Symptom &symptom : s.symptoms.all)
            symptomatic = std::max(symptomatic, symptom.weight * symptom.strength);
        const Symptom *alarm = s.symptoms.of(0);
        const double cost = m_costs.at(0);
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
        const int alarm = m_input.alarm.node;
        const bool known = alarm >= 0 && std::size_t(alarm) < m_list.suspects.size();
        m_list.paths = known ? m_graph.pathsFrom(alarm, weights) : m_graph.noPaths();
        for (std::size_t i = 0; i < weights.size(); ++i)
            m_list.suspects[i].reach = !known ? 1 : std::max(unreached, m_list.paths.strength[i]);
    }

    /// The account that a node gives its callers: its own symptom, or the best of its callees' as far as it passes through.
    Account accountOf(int node, const Symptom *own, const std::vector<Account> &accounts)
    {
        Account best;
        for (const int callee : m_graph.callees(node)) {
            if (const Account &a = accounts[std::size_t(callee)]; a.strength * at(node).passes > best.strength)
                best = {a.strength * at(node).passes, a.impact};
        }
        if (own && own->strength >= best.strength)
            return {own->strength, own->impact};
        double other = 0;
        for (const Symptom &symptom : at(node).symptoms.all) {
            if (symptom.role != MetricRole::Requests && &symptom != own)
                other = std::max(other, symptom.strength * (own ? otherKind : symptom.weight));
        }
        return other > best.strength ? Account{other, -1} : best;
    }

    double explainedBy(int node, const Symptom &symptom, const std::vector<Account> &accounts)
    {
        double sum = 0, single = 0;
        for (const int callee : m_graph.callees(node)) {
            const Account &account = accounts[std::size_t(callee)];
            if (m_graph.inOneCycle(node, callee) && account.strength <= symptom.strength)
                continue;
            if (account.impact < 0 || symptom.impact <= 0)
                single = std::max(single, account.strength);
            else
                sum += account.strength * std::min(1.0, account.impact / symptom.impact);
        }
        return std::min(1.0, std::max(sum, single));
    }

    void judge(int kind, const std::vector<int> &calleesFirst)
    {
        std::vector<Account> accounts(m_list.suspects.size());
        std::vector<double> residuals(m_list.suspects.size(), 0);
        for (const int node : calleesFirst) {
            const Symptom *symptom = at(node).symptoms.of(kind);
            if (symptom)
                consider(node, *symptom, accounts, residuals);
            accounts[std::size_t(node)] = accountOf(node, symptom, accounts);
        }
        if (kind == 0)
            m_residuals = std::move(residuals);
    }

    void consider(int node, const Symptom &symptom, const std::vector<Account> &accounts, std::vector<double> &residuals)
    {
        Suspect &s = at(node);
        const double explained = explainedBy(node, symptom, accounts), strength = strengthOfSymptom(node, symptom), cost = m_costs[symptom.kind];
        const double share = symptom.impact >= 0 && cost > 0 ? std::min(1.0, symptom.impact / cost) : 1;
        const double residual = strength * (1 - explained), score = symptom.weight * std::sqrt(share) * residual;
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
            most = std::max(most, symptom.weight * strengthOfSymptom(node, symptom));
        return most;
    }

    /// A node without metrics shows only in those who call it: the more of them have a symptom of their own, the rather it is the cause.
    double scoreOfBlind(int node)
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
        return measured > 0 ? std::min(1.0, blindOneCaller * (first + second)) * std::sqrt(sum / measured) : 0;
    }

    void finish(int node)
    {
        Suspect &s = at(node);
        double untouched = 1;
        for (const int caller : m_graph.callers(node))
            untouched *= 1 - 0.5 * suffering(caller);
        s.support = 1 - untouched;
        if (s.blind())
            s.score = scoreOfBlind(node);
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
