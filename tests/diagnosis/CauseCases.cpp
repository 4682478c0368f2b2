#include "tests/diagnosis/CauseCases.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <random>

namespace prunella::test {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr double dayS = 86'400;

struct Call {
    int callee = -1;
    double times = 1;       ///< calls a request of the caller
    double waits = 1;       ///< 1: the caller waits for the answer, 0: it does not
    double passesOn = 1;    ///< share of the callee's failures that become the caller's
};

struct Service {
    std::vector<Call> calls;
    double ownLatency = 0.01, ownErrors = 0, noise = 0.05, clients = 0; ///< clients: requests a second from outside
    int viewOf = -1;        ///< a caller's own measurement of another node, recorded as a node
    bool latency = true, requests = true, availability = true;
    double drift = 1;       ///< of the latency, between the normal period and the incident's window
};

struct State { double latency = 0, requests = 0, errors = 0; };

struct Fault {
    int node = -1;
    FaultKind kind = FaultKind::Latency;
    double size = 0, begin = 0, end = 0;
    [[nodiscard]] double at(double time, double interval) const // rows that lie in it only in part show it in part
    {
        return size * std::clamp((std::min(end, time + interval) - std::max(begin, time)) / interval, 0.0, 1.0);
    }
};

class Simulation
{
public:
    Simulation(unsigned seed, bool hideTruth) : m_random(seed * 7919U + 17U), m_hideTruth(hideTruth) {}

    CauseCase run();

private:
    double uniform(double from, double to) { return std::uniform_real_distribution<double>(from, to)(m_random); }
    int below(int end) { return int(std::uniform_int_distribution<int>(0, end - 1)(m_random)); }
    bool chance(double p) { return uniform(0, 1) < p; }
    double gauss() { return std::normal_distribution<double>(0, 1)(m_random); }

    void buildServices();
    void addViews();
    void hideMetrics();
    [[nodiscard]] std::vector<State> stateAt(double time, const Fault &fault, double load) const;
    bool placeFault();
    bool chooseAlarm();
    void record(CauseCase &made);
    void recordNode(int node, std::vector<CauseSeries> &series);
    void addMetric(int node, MetricRole role, std::vector<double> normal, std::vector<double> window, std::vector<CauseSeries> &series);
    void disturb(std::vector<CauseSeries> &series);
    void describe(CauseCase &made) const;

    std::mt19937_64 m_random;
    std::vector<Service> m_services;
    std::vector<int> m_callersOf;       ///< how many
    Fault m_fault;
    CauseAlarm m_alarm;
    double m_interval = 60, m_windowBegin = 0;
    int m_rows = 30, m_normalRows = 200;
    bool m_hideTruth = false;
};

double loadAt(double time) { return 1 + 0.4 * std::sin(2 * std::numbers::pi * time / dayS); }

/// Callees have larger numbers than callers, but for one call in some systems that closes a cycle.
void Simulation::buildServices()
{
    const int count = 8 + below(50);
    m_services.resize(std::size_t(count));
    const int entries = 1 + below(3);
    for (int i = 0; i < count; ++i) {
        Service &s = m_services[std::size_t(i)];
        s.ownLatency = std::exp(uniform(std::log(0.003), std::log(0.2)));
        s.ownErrors = chance(0.3) ? uniform(0, 0.01) : 0;
        s.noise = uniform(0.02, 0.12);
        s.drift = chance(0.15) ? uniform(0.6, 1.7) : 1;
        s.clients = i < entries ? uniform(1, 20) : chance(0.1) ? uniform(0.1, 2) : 0;
        if (i >= entries) {
            const int callers = chance(0.7) ? 1 : 2 + below(2);
            for (int k = 0; k < callers; ++k) {
                const int caller = below(std::max(1, std::min(i, std::max(entries, int(i * 0.7)))));
                auto &calls = m_services[std::size_t(caller)].calls;
                if (std::none_of(calls.begin(), calls.end(), [i](const Call &c) { return c.callee == i; }))
                    calls.push_back({i, std::exp(uniform(std::log(0.2), std::log(2.0))), chance(0.9) ? 1.0 : 0.0, uniform(0.5, 1)});
            }
        }
    }
    if (chance(0.2))
        m_services[std::size_t(count - 1 - below(count / 3))].calls.push_back({entries + below(count / 3), 0.05, 1, 0.5});
    addViews();
    hideMetrics();
}

void Simulation::addViews()
{
    const int count = int(m_services.size());
    for (int i = 0; i < count; ++i) {
        if (m_services[std::size_t(i)].calls.empty() || !chance(0.1))
            continue;
        const Call seen = m_services[std::size_t(i)].calls[std::size_t(below(int(m_services[std::size_t(i)].calls.size())))];
        Service view;
        view.viewOf = seen.callee;
        view.noise = uniform(0.05, 0.2);
        m_services.push_back(view);
        m_services[std::size_t(i)].calls.push_back({int(m_services.size()) - 1, seen.times * uniform(0.05, 0.3), 0, 0});
    }
}

void Simulation::hideMetrics()
{
    for (Service &s : m_services) {
        if (chance(0.05))
            s.latency = s.requests = s.availability = false;
        s.requests = s.requests && chance(0.9);
        s.availability = s.availability && chance(0.9);
    }
}

/// Requests flow down, latency and failures up; a few rounds let cycles settle.
std::vector<State> Simulation::stateAt(double time, const Fault &fault, double load) const
{
    const double size = fault.at(time, m_interval);
    std::vector<State> states(m_services.size());
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < states.size(); ++i)
            states[i].requests = m_services[i].clients * m_interval * load;
        if (fault.kind == FaultKind::Overload)
            states[std::size_t(fault.node)].requests *= 1 + size;
        for (std::size_t i = 0; i < states.size(); ++i) {
            const double working = states[i].requests * (int(i) == fault.node && fault.kind != FaultKind::Latency ? 1 - states[i].errors : 1);
            for (const Call &call : m_services[i].calls)
                states[std::size_t(call.callee)].requests += working * call.times;
        }
        for (std::size_t i = states.size(); i-- > 0;) {
            const Service &s = m_services[i];
            const bool faulty = int(i) == fault.node;
            const bool slow = faulty && fault.kind != FaultKind::Errors && fault.kind != FaultKind::Crash;
            const bool failing = faulty && fault.kind != FaultKind::Latency && fault.kind != FaultKind::Overload;
            double latency = s.ownLatency * (1 + 0.1 * (load - 1)) + (slow ? size * s.ownLatency : 0), good = 1 - s.ownErrors;
            if (failing)
                good *= 1 - std::min(0.99, size);
            for (const Call &call : s.calls) {
                const State &callee = states[std::size_t(call.callee)];
                latency += callee.latency * call.times * call.waits;
                good *= 1 - std::min(1.0, call.times * call.passesOn * call.waits * callee.errors);
            }
            states[i].latency = s.viewOf >= 0 ? states[std::size_t(s.viewOf)].latency * 1.2 + 0.002 : latency;
            states[i].errors = s.viewOf >= 0 ? states[std::size_t(s.viewOf)].errors : 1 - good;
        }
    }
    return states;
}

/// A fault somewhere, growing until somebody above it would notice; false: nobody ever does.
bool Simulation::placeFault()
{
    m_fault.node = below(int(m_services.size()));
    Service &at = m_services[std::size_t(m_fault.node)];
    if (at.viewOf >= 0)
        return false;
    m_fault.kind = std::array{FaultKind::Latency, FaultKind::Latency, FaultKind::Errors, FaultKind::Both, FaultKind::Overload, FaultKind::Crash}[std::size_t(below(6))];
    if (m_fault.kind == FaultKind::Overload && at.clients == 0)
        m_fault.kind = FaultKind::Latency;
    if (m_hideTruth)
        at.latency = at.requests = at.availability = false;
    const bool failing = m_fault.kind == FaultKind::Errors || m_fault.kind == FaultKind::Crash || m_fault.kind == FaultKind::Both;
    m_fault.size = m_fault.kind == FaultKind::Crash ? 0.95 : failing ? uniform(0.05, 0.4) : uniform(1, 4);
    for (int i = 0; i < 8; ++i) {
        if (chooseAlarm())
            return true;
        m_fault.size = failing ? std::min(0.95, m_fault.size * 1.5) : m_fault.size * 2;
    }
    return false;
}

/// The alarm comes from a node near the clients whose measured values have left their noise far behind.
bool Simulation::chooseAlarm()
{
    const double middle = (m_fault.begin + m_fault.end) / 2;
    const auto before = stateAt(m_windowBegin, m_fault, loadAt(middle)), during = stateAt(middle, m_fault, loadAt(middle));
    std::vector<bool> reaches(m_services.size(), false);
    reaches[std::size_t(m_fault.node)] = true;
    for (std::size_t round = 0; round < 2; ++round) {
        for (std::size_t i = m_services.size(); i-- > 0;) {
            for (const Call &call : m_services[i].calls)
                reaches[i] = reaches[i] || reaches[std::size_t(call.callee)];
        }
    }
    for (std::size_t i = 0; i < m_services.size(); ++i) {
        const Service &s = m_services[i];
        if (!reaches[i] || s.viewOf >= 0 || (s.clients == 0 && int(i) != m_fault.node))
            continue;
        m_alarm.node = int(i);
        m_alarm.statistic = QStringLiteral("Average");
        const double failed = (during[i].errors - before[i].errors) * during[i].requests;
        if (s.availability && during[i].errors - before[i].errors > 0.02 && failed > 6) {
            m_alarm.metric = QStringLiteral("availability");
            return true;
        }
        if (s.latency && during[i].latency > before[i].latency * (1 + std::max(0.1, 3 * s.noise))) {
            m_alarm.metric = QStringLiteral("latency");
            return true;
        }
    }
    return false;
}

void Simulation::addMetric(int node, MetricRole role, std::vector<double> normal, std::vector<double> window, std::vector<CauseSeries> &series)
{
    static const QStringList names{QStringLiteral("latency"), QStringLiteral("requests"), QStringLiteral("availability")};
    CauseSeries made;
    made.node = node;
    made.role = role;
    made.metric = names[int(role)];
    made.statistic = role == MetricRole::Requests ? QStringLiteral("Sum") : QStringLiteral("Average");
    made.worse = role == MetricRole::Latency ? WorseWhen::Above : role == MetricRole::Availability ? WorseWhen::Below : WorseWhen::Both;
    made.normal = std::move(normal);
    made.window = std::move(window);
    for (int row = 0; row < m_rows; ++row)
        made.times.push_back(m_windowBegin + row * m_interval);
    series.push_back(std::move(made));
}

/// Rows of the normal period, days ago, and of the window, with what measuring adds: noise and gaps.
void Simulation::recordNode(int node, std::vector<CauseSeries> &series)
{
    const Service &s = m_services[std::size_t(node)];
    std::vector<double> latency, requests, availability;
    const double late = node != m_fault.node && chance(0.15) ? m_interval : 0; // some see it a row later
    for (int row = -m_normalRows; row < m_rows; ++row) {
        const bool normal = row < 0;
        const double time = normal ? m_windowBegin - 3 * dayS + row * m_interval * 5 : m_windowBegin + row * m_interval;
        const State state = stateAt(time - late, m_fault, loadAt(time) * (1 + 0.03 * gauss()))[std::size_t(node)];
        const double count = std::poisson_distribution<int>(std::max(0.01, state.requests))(m_random);
        const bool gap = count == 0 || chance(0.05);
        const double failed = count > 0 ? std::binomial_distribution<int>(int(count), std::clamp(state.errors, 0.0, 1.0))(m_random) : 0;
        latency.push_back(gap ? unknown : state.latency * (normal ? 1 : s.drift) * std::exp(s.noise * gauss()));
        availability.push_back(gap ? unknown : 100 * (1 - failed / count));
        requests.push_back(chance(0.03) ? unknown : count);
    }
    const auto add = [&](MetricRole role, const std::vector<double> &all) {
        addMetric(node, role, {all.begin(), all.begin() + m_normalRows}, {all.begin() + m_normalRows, all.end()}, series);
    };
    if (s.latency)
        add(MetricRole::Latency, latency);
    if (s.requests)
        add(MetricRole::Requests, requests);
    if (s.availability)
        add(MetricRole::Availability, availability);
}

/// What has nothing to do with the incident: single wild rows, and nodes that were not measured for the whole window.
void Simulation::disturb(std::vector<CauseSeries> &series)
{
    for (CauseSeries &one : series) {
        const bool uninvolved = one.node != m_fault.node && one.node != m_alarm.node;
        if (uninvolved && chance(0.04))
            one.window[std::size_t(below(m_rows))] *= one.role == MetricRole::Availability ? uniform(0.7, 1) : uniform(1.5, 4);
        if (uninvolved && chance(0.01))
            std::fill(one.window.begin(), one.window.end(), unknown);
    }
}

void Simulation::record(CauseCase &made)
{
    for (std::size_t i = 0; i < m_services.size(); ++i) {
        made.input.nodes.append(QStringLiteral("s%1").arg(i));
        for (const Call &call : m_services[i].calls)
            made.input.calls.push_back({int(i), call.callee});
        recordNode(int(i), made.input.series);
    }
    made.input.alarm = m_alarm;
    disturb(made.input.series);
}

void Simulation::describe(CauseCase &made) const
{
    made.truth = m_fault.node;
    made.kind = m_fault.kind;
    const Service &at = m_services[std::size_t(m_fault.node)];
    made.truthMeasured = at.latency || at.availability;
    int callers = 0;
    for (const Service &s : m_services) {
        if (std::any_of(s.calls.begin(), s.calls.end(), [this](const Call &c) { return c.callee == m_fault.node; })) {
            ++callers;
            made.measuredCallers += s.latency || s.availability ? 1 : 0;
        }
    }
    made.place = callers == 0 ? QStringLiteral("entry") : at.calls.empty() ? QStringLiteral("leaf") : QStringLiteral("middle");
}

CauseCase Simulation::run()
{
    struct Pace { double interval; int rows, before; };
    for (;;) {
        const Pace pace = std::array<Pace, 3>{{{60, 30, 20}, {300, 6, 2}, {10, 60, 36}}}[std::size_t(below(3))];
        m_interval = pace.interval;
        m_rows = pace.rows;
        m_windowBegin = 20 * dayS + uniform(0, dayS);
        m_fault.begin = m_windowBegin + (pace.before + uniform(-0.5, 0.3)) * m_interval;
        m_fault.end = m_fault.begin + uniform(2, pace.rows - pace.before) * m_interval;
        m_services.clear();
        buildServices();
        if (!placeFault())
            continue;
        m_alarm.at = m_fault.begin + uniform(10, 60) + (chance(0.5) ? uniform(0, 60) : 0);
        CauseCase made;
        record(made);
        describe(made);
        return made;
    }
}

} // namespace

CauseCase causeCase(unsigned seed, bool hideTruth)
{
    return Simulation(seed, hideTruth).run();
}

CauseInput shuffled(const CauseInput &input, unsigned seed, std::vector<int> &at)
{
    std::mt19937_64 random(seed);
    at.resize(std::size_t(input.nodes.size()));
    std::iota(at.begin(), at.end(), 0);
    std::shuffle(at.begin(), at.end(), random);
    CauseInput other = input;
    std::vector<int> names(at.size());
    std::iota(names.begin(), names.end(), 0);
    std::shuffle(names.begin(), names.end(), random);
    for (std::size_t i = 0; i < at.size(); ++i)
        other.nodes[at[i]] = QStringLiteral("n%1").arg(names[i]);
    for (CauseCall &call : other.calls)
        call = {at[std::size_t(call.caller)], at[std::size_t(call.callee)]};
    for (CauseSeries &series : other.series)
        series.node = at[std::size_t(series.node)];
    other.alarm.node = at[std::size_t(other.alarm.node)];
    std::shuffle(other.calls.begin(), other.calls.end(), random);
    std::shuffle(other.series.begin(), other.series.end(), random);
    return other;
}

} // namespace prunella::test
