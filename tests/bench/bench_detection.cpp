// What detection costs on one core: thresholds alone, anomaly scoring, and template mining.
//   build/release/bin/bench_detection          (SCALE=1 by default: about half a minute; on a quiet machine, release build)
#include "core/detection/AnomalyDetector.h"
#include "core/detection/TemplateMiner.h"
#include "core/detection/ThresholdDetector.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

double scale()
{
    return std::max(0.001, qEnvironmentVariable("SCALE", u"1"_s).toDouble());
}

template<typename Work>
double secondsOf(Work work)
{
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Noise about 50, the same in each run.
std::vector<double> noise()
{
    std::mt19937_64 random(42);
    std::uniform_real_distribution<double> spread(45, 55);
    std::vector<double> values(65'536);
    std::generate(values.begin(), values.end(), [&] { return spread(random); });
    return values;
}

std::size_t roundsFor(std::size_t series, double samples)
{
    constexpr double leastRounds = 20;
    return std::size_t(std::max(leastRounds, samples * scale() / double(series)));
}

void anomalies(std::size_t series, const std::vector<double> &values)
{
    std::vector<AnomalyState> states(series);
    const std::size_t rounds = roundsFor(series, 6e6);
    double sum = 0;
    const double seconds = secondsOf([&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            for (std::size_t k = 0; k < series; ++k)
                sum += update(states[k], std::int64_t(i) * 60'000, values[(i * 31 + k * 17) & 65'535]).score;
        }
    });
    std::printf("anomaly scoring  %7zu series  %6.2f million samples/s   (%zu bytes of state a series, checksum %.3f)\n", series,
                double(rounds * series) / seconds / 1e6, sizeof(AnomalyState), sum);
}

void thresholds(std::size_t series, const std::vector<double> &values)
{
    ThresholdConfig limit;
    limit.metric = u"cpu_usage"_s;
    limit.warning = 80;
    limit.critical = 95;
    ThresholdDetector detector({limit});
    std::vector<ThresholdDetector::SeriesId> ids;
    for (std::size_t k = 0; k < series; ++k)
        ids.push_back(detector.resolve({u"cpu_usage"_s, {{u"service"_s, QString::number(k)}}}, u"host"_s, u"%"_s));
    const std::size_t rounds = roundsFor(series, 4e7);
    std::size_t events = 0;
    const double seconds = secondsOf([&] {
        for (std::size_t i = 0; i < rounds; ++i) {
            for (std::size_t k = 0; k < series; ++k)
                events += detector.feed(ids[k], values[(i * 31 + k * 17) & 65'535], qint64(i) * 30'000, qint64(i) * 30'000).size();
        }
    });
    std::printf("thresholds only  %7zu series  %6.2f million samples/s   (%zu events)\n", series, double(rounds * series) / seconds / 1e6, events);
}

/// Lines of 100 templates of 6 to 14 words with variable parts.
std::vector<std::string> linesOf(bool raw, std::size_t count)
{
    static const char *const words[] = {"connection", "closed", "from", "session", "opened", "for", "block", "served", "request",
                                        "cache", "miss", "queue", "worker", "started", "stopped", "timeout", "after", "retry"};
    std::mt19937_64 random(7);
    std::vector<std::vector<std::string>> templates(100);
    for (std::size_t t = 0; t < templates.size(); ++t) {
        templates[t].push_back(std::string("event") + char('a' + t / 10) + char('a' + t % 10));
        for (std::size_t length = 5 + random() % 9; length > 0; --length)
            templates[t].push_back(random() % 4 == 0 ? std::string() : words[random() % 18]);
    }
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < count; ++i) {
        char head[64];
        std::snprintf(head, sizeof head, "Jun  4 15:%02zu:%02zu host%zu daemon[%zu]: ", i / 60 % 60, i % 60, i % 3, 1000 + i % 5000);
        std::string line = raw ? head : "";
        for (const auto &word : templates[random() % templates.size()])
            line += (word.empty() ? "10.1.2." + std::to_string(random() % 250) + ":" + std::to_string(random() % 60'000) : word) + ' ';
        lines.push_back(std::move(line));
    }
    return lines;
}

void templates(LineFormat format, const char *name)
{
    const auto lines = linesOf(format == LineFormat::Raw, std::size_t(400'000 * std::min(1.0, scale())));
    TemplateMiner miner(format);
    const double seconds = secondsOf([&] {
        for (const std::string &line : lines)
            static_cast<void>(miner.add(line, 0));
    });
    std::printf("log templates    %-7s         %6.2f million lines/s     (%zu templates, %.1f MiB)\n", name, double(lines.size()) / seconds / 1e6,
                miner.templates().size(), double(miner.memoryBytes()) / 1048576.0);
}

} // namespace

int main()
{
    const auto values = noise();
    for (const std::size_t series : {std::size_t(1), std::size_t(1'000), std::size_t(100'000)}) {
        anomalies(series, values);
        thresholds(series, values);
    }
    templates(LineFormat::Message, "message");
    templates(LineFormat::Raw, "raw");
    return 0;
}
