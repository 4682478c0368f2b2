#pragma once
// How sure a count makes us, and how likely chance alone gives it. Pure arithmetic; probabilities are in [0,1].

namespace prunella::learning {

/// Lower end of the 95 % score interval of k of n (Wilson 1927): 0.34 for 2 of 2, 0.65 for 7 of 7; 0 for n = 0.
[[nodiscard]] double wilsonLower(int k, int n);

/// P(X >= k) for X binomial with n trials of probability p.
[[nodiscard]] double binomialTail(int k, int n, double p);

/// Rayleigh's test against a uniform circle: P of a mean resultant length of at least `length` (0..1) from n directions;
/// the approximation of Zar, Biostatistical Analysis, ch. 27, good from n = 3 on.
[[nodiscard]] double rayleigh(int n, double length);

/// Upper bound of P(some arc of this width, a fraction of the circle, holds k of n uniform points): the circular scan
/// statistic, by Boole's inequality over the arcs that begin at a point: n P(Bin(n-1, width) >= k-1), at most 1.
[[nodiscard]] double arcChance(int k, int n, double width);

/// P(at least one event within `window`) of a Poisson process with `events` in `span`; same unit for both.
[[nodiscard]] double baseRate(int events, double window, double span);

} // namespace prunella::learning
