// What one root-cause ranking costs: a system of 50 services, and one of 2 000 with 100 000 calls.
//   build/release/bin/bench_diagnosis          (ROUNDS=20 by default: half a minute; on a quiet machine, release build)
#include "core/diagnosis/CauseRanking.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr int normalRows = 588, windowRows = 30; // two days of five minutes, half an hour of minutes

CauseSeries series(int node, MetricRole role, const QString &metric, double level, std::mt19937_64 &random)
{
    CauseSeries made;
    made.node = node;
    made.role = role;
    made.metric = metric;
    made.statistic = u"Average"_s;
    made.worse = role == MetricRole::Latency ? WorseWhen::Above : role == MetricRole::Availability ? WorseWhen::Below : WorseWhen::Both;
    std::normal_distribution<double> noise(1, 0.05);
    for (int i = 0; i < normalRows; ++i)
        made.normal.push_back(level * noise(random));
    for (int i = 0; i < windowRows; ++i) {
        made.times.push_back(60.0 * i);
        made.window.push_back(level * noise(random));
    }
    return made;
}

/// Calls go from smaller numbers to larger ones, one in a hundred back; three metrics a node.
CauseInput services(int nodes, int calls)
{
    std::mt19937_64 random(7);
    CauseInput input;
    for (int i = 0; i < nodes; ++i) {
        input.nodes.append(u"s%1"_s.arg(i));
        input.series.push_back(series(i, MetricRole::Latency, u"latency"_s, 0.1, random));
        input.series.push_back(series(i, MetricRole::Requests, u"requests"_s, 500, random));
        input.series.push_back(series(i, MetricRole::Availability, u"availability"_s, 99, random));
    }
    for (int i = 0; i < calls; ++i) {
        const int a = int(random() % unsigned(nodes)), b = int(random() % unsigned(nodes));
        input.calls.push_back(i % 100 == 0 ? CauseCall{std::max(a, b), std::min(a, b)} : CauseCall{std::min(a, b), std::max(a, b)});
    }
    input.alarm = {0, u"latency"_s, u"Average"_s, 1200};
    return input;
}

void measure(int nodes, int calls, int rounds, double limitMs)
{
    const CauseInput input = services(nodes, calls);
    std::vector<double> times;
    double sum = 0;
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        sum += rankCauses(input).first().score;
        times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    }
    std::sort(times.begin(), times.end());
    std::printf("root-cause ranking  %5d nodes  %6d calls  median %8.2f ms  slowest %8.2f ms  (limit %.0f ms, checksum %.3f)\n", nodes, calls,
                times[times.size() / 2], times.back(), limitMs, sum);
}

} // namespace

int main()
{
    const int rounds = std::max(1, qEnvironmentVariable("ROUNDS", u"20"_s).toInt());
    measure(50, 120, rounds * 10, 5);
    measure(2000, 100'000, rounds, 200);
    return 0;
}
