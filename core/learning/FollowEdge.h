#pragma once
#include "core/learning/History.h"

namespace prunella::learning {

/// How often something came within the window after something else, and how likely that is by chance.
struct FollowEdge {
    int from = -1, to = -1;         ///< kinds; `from` is -1 for deployments
    std::vector<qint64> causes;     ///< wall ms: the causes that were followed, or whose window is over
    std::vector<int> followers;     ///< the facts that followed, ascending
    std::vector<qint64> followed;   ///< the cause of each follower
    double chance = 1;              ///< not corrected
    Spread lag;
    double lagDeviation = 0;        ///< standard deviation, ms
};

/// `causes` ascending and further apart than the window; `effects` are starts of episodes, ascending.
[[nodiscard]] FollowEdge follow(const History &history, const std::vector<qint64> &causes, const std::vector<int> &effects);

/// Starts of the episodes among these times: further apart than the window.
[[nodiscard]] std::vector<qint64> episodeTimes(const std::vector<qint64> &times);

} // namespace prunella::learning
