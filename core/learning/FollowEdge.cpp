#include "core/learning/FollowEdge.h"

#include "core/learning/Chance.h"
#include "core/learning/Limits.h"

#include <algorithm>
#include <cmath>

namespace prunella::learning {
namespace {

double deviation(const std::vector<qint64> &values)
{
    double sum = 0, squares = 0;
    for (const qint64 value : values)
        sum += double(value);
    for (const qint64 value : values)
        squares += std::pow(double(value) - sum / double(values.size()), 2);
    return values.empty() ? 0 : std::sqrt(squares / double(values.size()));
}

} // namespace

FollowEdge follow(const History &history, const std::vector<qint64> &causes, const std::vector<int> &effects)
{
    FollowEdge edge;
    std::vector<qint64> lags;
    std::size_t next = 0;
    for (const qint64 cause : causes) {
        while (next < effects.size() && history.at(effects[next]) <= cause) // at the same moment is not after
            ++next;
        const qint64 lag = next < effects.size() ? history.at(effects[next]) - cause : followWindowMs + 1;
        if (lag <= followWindowMs) {
            edge.followers.push_back(effects[next]);
            edge.followed.push_back(cause);
            lags.push_back(lag);
        } else if (cause + followWindowMs > history.now) {
            continue; // it may still come
        }
        edge.causes.push_back(cause);
    }
    const qint64 span = std::max(history.now - history.from, followWindowMs);
    const double base = baseRate(int(effects.size()), double(followWindowMs), double(span));
    edge.chance = binomialTail(int(edge.followers.size()), int(edge.causes.size()), base);
    edge.lagDeviation = deviation(lags);
    edge.lag = spreadOf(std::move(lags));
    return edge;
}

std::vector<qint64> episodeTimes(const std::vector<qint64> &times)
{
    std::vector<qint64> starts;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (i == 0 || times[i] - times[i - 1] > followWindowMs)
            starts.push_back(times[i]);
    }
    return starts;
}

} // namespace prunella::learning
