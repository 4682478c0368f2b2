#include "core/detection/AnomalyExplain.h"

namespace prunella {

namespace {
constexpr double kWorthASentence = 0.99;     // score
constexpr double kExtremeSpanSec = 86'400.0; // "highest in ..." from one day on
constexpr double kNoisier = 3.0;             // movement against usual movement

/// The view with the strongest record, or without records the point view that deviates most.
AnomalyView strongest(const AnomalyViews &v)
{
    const double *best = std::max_element(v.part, v.part + kAnomalyViews);
    if (*best > 0.0) return static_cast<AnomalyView>(best - v.part);
    const double z = std::abs(v.x[static_cast<int>(AnomalyView::Z)]);
    const double hour = std::abs(v.x[static_cast<int>(AnomalyView::ForHour)]);
    return hour > z ? AnomalyView::ForHour : AnomalyView::Z;
}

void explainShift(const AnomalyState &s, double from, const AnomalyViews &v, AnomalyScore &out)
{
    out.reason = AnomalyReason::LevelShift;
    out.expected = from;
    out.deviation = (s.shortMean - from) / v.deviation;
}

void explainPoint(const AnomalyState &s, double x, const AnomalyViews &v, bool forHour, AnomalyScore &out)
{
    const bool noisier = out.factor >= kNoisier && std::abs(s.shortMean - s.longMean) < v.deviation;
    const bool low = x < out.expected;
    const double span = s.extremes.spanSec(x, low);
    if (span >= kExtremeSpanSec) {
        out.reason = low ? AnomalyReason::NewLow : AnomalyReason::NewHigh;
        out.spanSec = span;
    } else if (forHour) {
        out.reason = AnomalyReason::UnusualForTime;
    } else if (noisier) {
        out.reason = AnomalyReason::VarianceChanged;
    } else {
        out.reason = low ? AnomalyReason::Drop : AnomalyReason::Spike;
    }
}
} // namespace

void explain(const AnomalyState &s, double x, const SeasonProfile::Expectation &e, const AnomalyViews &v,
             AnomalyScore &out)
{
    out.expected = s.longMean;
    out.level = s.shortMean;
    out.deviation = (x - s.longMean) / v.deviation;
    if (out.score < kWorthASentence) return;
    if (s.longMove > 0.0) out.factor = s.shortMove / s.longMove;
    if (v.flat) {
        out.reason = AnomalyReason::Flat;
        out.spanSec = (s.run + 1.0) * s.intervalSec;
        return;
    }
    switch (strongest(v)) {
    case AnomalyView::LogLevel: return explainShift(s, s.longMean, v, out);
    case AnomalyView::Shift: return explainShift(s, s.shortMean - s.shift, v, out);
    case AnomalyView::FromShort:
        out.expected = s.shortMean;
        out.deviation = (x - s.shortMean) / v.deviation;
        return explainPoint(s, x, v, false, out);
    case AnomalyView::ForHour:
        out.expected = e.best;
        out.deviation = v.x[static_cast<int>(AnomalyView::ForHour)];
        return explainPoint(s, x, v, true, out);
    default: return explainPoint(s, x, v, false, out);
    }
}

} // namespace prunella
