#include "core/learning/Chance.h"

#include <algorithm>
#include <cmath>

namespace prunella::learning {

double wilsonLower(int k, int n)
{
    if (n <= 0)
        return 0;
    constexpr double z = 1.959964; // 97.5 % of the normal distribution
    const double p = double(k) / n;
    const double centre = p + z * z / (2 * n);
    const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4.0 * n * n));
    return std::clamp((centre - half) / (1 + z * z / n), 0.0, 1.0);
}

double binomialTail(int k, int n, double p)
{
    if (k <= 0)
        return 1;
    if (k > n || p <= 0)
        return 0;
    if (p >= 1)
        return 1;
    double logTerm = k * std::log(p) + (n - k) * std::log1p(-p);
    for (int i = 1; i <= k; ++i) // the binomial coefficient, without lgamma: that one has a global result
        logTerm += std::log(double(n - k + i) / i);
    double term = std::exp(logTerm), sum = 0;
    for (int i = k; i <= n; ++i) {
        sum += term;
        term *= double(n - i) / (i + 1) * p / (1 - p);
    }
    return std::min(1.0, sum);
}

double rayleigh(int n, double length)
{
    if (n <= 0)
        return 1;
    const double all = n, resultant = all * length;
    const double exponent = std::sqrt(1 + 4 * all + 4 * (all * all - resultant * resultant)) - (1 + 2 * all);
    return std::clamp(std::exp(exponent), 0.0, 1.0);
}

double arcChance(int k, int n, double width)
{
    return k <= 1 ? 1 : std::min(1.0, n * binomialTail(k - 1, n - 1, width));
}

double baseRate(int events, double window, double span)
{
    return span <= 0 ? 1 : -std::expm1(-events * window / span);
}

} // namespace prunella::learning
