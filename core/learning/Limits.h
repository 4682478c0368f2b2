#pragma once
// What all searches for patterns share.
#include <QtGlobal>

namespace prunella::learning {

/// What chance explains with more than this, after the correction for the number of tests, is no pattern.
inline constexpr double leastLikely = 0.01;
/// "After" means within this time, ms.
inline constexpr qint64 followWindowMs = 30 * 60'000;
/// Fewer followers are no pattern, however unlikely.
inline constexpr int leastFollowers = 3;
/// Only the kinds with the most incidents are paired: the number of pairs grows with the square.
inline constexpr int maxPairedKinds = 40;

} // namespace prunella::learning
