#include "core/detection/AnomalyDetector.h"

#include "core/detection/AnomalyExplain.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace prunella {

namespace {
// Windows in samples, for intervals of kFullPaceSec and longer; faster series get proportionally more samples.
constexpr double kFullPaceSec = 20.0;
constexpr double kShort = 15.0;          // a good hour at five minutes
constexpr double kLong = 100.0;
constexpr double kOverall = 5'000.0;
constexpr double kMute = 60.0;           // samples an alarm silences its repeats
constexpr double kWorse = 2.0;           // unless they are this many times as surprising
constexpr double kWorseLeast = 0.5;      // and at least this much: several views broke their records
constexpr double kFirstRecord = 20.0;    // records are kept from here on
constexpr double kFirstScore = 50.0;     // and judged from here on
constexpr double kPriorShift = 5.0;      // deviations
constexpr double kPriorHour = 3.0;       // usual residuals
constexpr double kTrust = 300.0;         // surprise counts n/(n + kTrust)
constexpr double kMinFlat = 12.0;        // shortest run that can be "flat"
constexpr double kFlatGrowth = 3.0;      // it must be this many times the longest run known
constexpr double kFlatSurprise = 1.0;

constexpr double kAlarmProbability = 1.0 - kAnomalyAlarmScore;
constexpr double kNearProbability = 2.0 * kAlarmProbability;   // where surprise just under the alarm level leads
constexpr double kRankProbability = 8.0 * kAlarmProbability;   // least without surprise
constexpr double kMutedProbability = 9.0 * kAlarmProbability;
constexpr double kSurpriseDecay = 2.0;   // beyond the alarm level p falls by e^-2 for each full record

constexpr double kMaxValue = 1e100;
constexpr double kMaxFrozenSec = 86'400.0;
constexpr std::uint32_t kMaxFrozenSamples = 100'000;

double ewmaRate(double window, double n) { return std::max(1.0 / window, 1.0 / (n + 1.0)); }

void start(AnomalyState &s, std::int64_t wallMs, double x)
{
    s = AnomalyState{};
    s.magic = AnomalyState::kMagic;
    s.version = AnomalyState::kVersion;
    s.lastMs = wallMs;
    s.previous = s.shortMean = s.longMean = x;
    s.season.reset();
    s.extremes.reset(wallMs);
}

/// Seconds since the last sample (0 when time stood still or went back); learns the usual interval.
double advanceClock(AnomalyState &s, std::int64_t wallMs)
{
    const double step = (static_cast<double>(wallMs) - static_cast<double>(s.lastMs)) / 1000.0;
    s.lastMs = wallMs;
    if (!(step > 0.0)) return 0.0;
    if (s.intervalSec <= 0.0) {
        s.intervalSec = step;
    } else {
        const double rate = std::max(0.02, 1.0 / (static_cast<double>(s.samples) + 1.0));
        s.intervalSec += rate * (std::min(step, 3.0 * s.intervalSec) - s.intervalSec);
    }
    return step;
}

/// How many samples stand for one sample of the windows above.
double paceOf(const AnomalyState &s)
{
    return s.intervalSec > 0.0 ? std::clamp(kFullPaceSec / s.intervalSec, 1.0, kFullPaceSec) : 1.0;
}

/// The views of x against what was known before it.
AnomalyViews viewsOf(const AnomalyState &s, double x, const SeasonProfile::Expectation &e)
{
    AnomalyViews v;
    const double unit = std::abs(s.overallMean) * 1e-3;
    v.deviation = std::sqrt(s.longVariance) + unit + 0.1 * s.overallSpread + 1e-9;
    const double residualScale = (e.scale > 0.0 ? e.scale : v.deviation) + 0.05 * v.deviation;
    const double logFloor = unit + 0.03 * s.overallSpread + 1e-9;
    const auto at = [&v](AnomalyView k) -> double & { return v.x[static_cast<int>(k)]; };
    at(AnomalyView::FromLong) = x - s.longMean;
    at(AnomalyView::FromShort) = x - s.shortMean;
    at(AnomalyView::Z) = (x - s.longMean) / v.deviation;
    at(AnomalyView::ForHour) = (x - e.best) / residualScale;
    at(AnomalyView::LogLevel) = std::log(std::abs(s.shortMean) + logFloor);
    at(AnomalyView::Shift) = s.shift;
    v.unit = unit + 1e-12;
    return v;
}

/// Least range a record of view k is measured against.
double rangeFloor(AnomalyView k, const AnomalyViews &v)
{
    switch (k) {
    case AnomalyView::Z:
    case AnomalyView::ForHour: return 3.0;
    case AnomalyView::LogLevel: return 1e-3;
    default: return v.unit;
    }
}

/// Range a record starts with to either side: until a profile has proved itself, residuals may be as large as this.
double priorReach(AnomalyView k, const AnomalyViews &v)
{
    if (k == AnomalyView::ForHour) return kPriorHour;
    return k == AnomalyView::Shift ? kPriorShift * v.deviation : 0.0;
}

/// Whether x completes a run that is long for a series that usually moves.
bool isNewlyFlat(const AnomalyState &s, double x, double pace)
{
    if (x != s.previous) return false;
    const double n = static_cast<double>(s.samples);
    const double needed = std::floor(std::max(kMinFlat * pace, kFlatGrowth * s.longestRun));
    return n > kTrust * pace && s.moves > 0.5 * n && s.run + 1.0 == needed;
}

/// Sum of the record surprises, discounted while little is known.
double surpriseOf(const AnomalyState &s, double x, AnomalyViews &v, double pace)
{
    const double n = static_cast<double>(s.samples);
    if (n < kFirstScore * pace || !s.recording) return 0.0;
    double sum = 0.0;
    for (int k = 0; k < kAnomalyViews; ++k) {
        v.part[k] = s.records[k].surprise(v.x[k], rangeFloor(static_cast<AnomalyView>(k), v));
        sum += v.part[k];
    }
    v.flat = isNewlyFlat(s, x, pace);
    if (v.flat) sum += kFlatSurprise;
    return sum * n / (n + kTrust * pace);
}

/// Probability of a sample at least this unusual: the rank of its deviation, drawn to the alarm level by surprise.
double probabilityOf(double rank, double surprise)
{
    const double share = surprise / kAlarmSurprise;
    if (share >= 1.0) return 0.99 * kAlarmProbability * std::exp(-kSurpriseDecay * (surprise - kAlarmSurprise));
    rank = std::max(rank, kRankProbability);
    return share > 0.0 ? rank * std::pow(kNearProbability / rank, share) : rank;
}

/// The part that describes the present and goes on while the baseline is frozen.
void followPresent(AnomalyState &s, double x, const SeasonProfile::Expectation &e, double pace)
{
    const double n = static_cast<double>(s.samples);
    const double rate = ewmaRate(kShort * pace, n);
    s.shortMean += rate * (x - s.shortMean);
    s.shortMove += rate * (std::abs(x - s.previous) - s.shortMove);
    s.shift += rate * (x - e.best - s.shift);
    if (x == s.previous) {
        s.run += 1.0;
    } else {
        s.longestRun = std::max(s.longestRun * (1.0 - 1e-5), s.run);
        s.run = 0.0;
        s.moves += 1.0;
    }
}

/// Takes the views into their records.
void keepRecords(AnomalyState &s, const AnomalyViews &v, double pace)
{
    const double n = static_cast<double>(s.samples);
    if (n < kFirstRecord * pace) return;
    for (int k = 0; k < kAnomalyViews; ++k) {
        if (s.recording) s.records[k].add(v.x[k], pace, n > 2.0 * kFirstRecord * pace);
        else s.records[k].start(v.x[k], priorReach(static_cast<AnomalyView>(k), v));
    }
    s.recording = 1;
}

/// The baseline: what "usual" means.
void learnBaseline(AnomalyState &s, double x, const SeasonProfile::Expectation &e, const AnomalyViews &v, double pace)
{
    const double n = static_cast<double>(s.samples);
    keepRecords(s, v, pace);
    const double rate = ewmaRate(kLong * pace, n);
    const double d = x - s.longMean;
    s.longMean += rate * d;
    s.longVariance += rate * (d * d - s.longVariance);
    s.longMove += rate * (std::abs(x - s.previous) - s.longMove);
    const double slow = ewmaRate(kOverall * pace, n);
    s.overallMean += slow * (x - s.overallMean);
    s.overallSpread += slow * (std::abs(x - s.overallMean) - s.overallSpread);
    s.season.learn(e, x, s.intervalSec > 0.0 ? std::max(1.0, 3600.0 / s.intervalSec) : 1.0);
    s.tail.add(v.unusual());
}

/// learn = false holds the baseline, but not for ever.
bool mayLearn(AnomalyState &s, bool learn, double step)
{
    if (learn) {
        s.frozenFor = 0;
        s.frozenSec = 0.0;
        return true;
    }
    if (s.frozenFor > 0) s.frozenSec += step; // a gap before the incident does not count
    if (s.frozenFor < kMaxFrozenSamples) ++s.frozenFor;
    return s.frozenSec >= kMaxFrozenSec || s.frozenFor >= kMaxFrozenSamples;
}

/// Alarm, or a muted repeat of one. What is much worse than the alarm that silences it is an alarm of its own.
void decide(AnomalyState &s, AnomalyScore &out, double pace)
{
    double p = 1.0 - out.score;
    const bool over = out.surprise >= kAlarmSurprise;
    const bool worse = out.surprise >= std::max(kWorse * static_cast<double>(s.alarmSurprise), kWorseLeast);
    if (over && s.muteLeft > 0 && !worse) {
        out.muted = true;
        p = std::max(p, kMutedProbability);
    } else if (over) {
        out.alarm = true;
        s.alarmSurprise = static_cast<float>(out.surprise);
        s.muteLeft = static_cast<std::uint32_t>(kMute * pace) + 1;
    }
    if (s.muteLeft > 0) --s.muteLeft;
    out.score = 1.0 - p;
}
} // namespace

AnomalyScore update(AnomalyState &s, std::int64_t wallMs, double x, bool learn)
{
    AnomalyScore out;
    out.value = x;
    if (!(std::abs(x) <= kMaxValue)) return out;
    if (s.magic != AnomalyState::kMagic || s.version != AnomalyState::kVersion) start(s, wallMs, x);
    const double step = advanceClock(s, wallMs);
    const double pace = paceOf(s);
    const SeasonProfile::Expectation e = s.season.expect(wallMs, x, s.shortMean);
    AnomalyViews v = viewsOf(s, x, e);
    out.surprise = surpriseOf(s, x, v, pace);
    out.score = 1.0 - probabilityOf(s.tail.probability(v.unusual()), out.surprise);
    decide(s, out, pace);
    explain(s, x, e, v, out);
    followPresent(s, x, e, pace);
    out.learnt = mayLearn(s, learn, step);
    if (out.learnt) learnBaseline(s, x, e, v, pace);
    s.extremes.add(wallMs, x);
    s.previous = x;
    ++s.samples;
    return out;
}

bool isValid(const AnomalyState &s)
{
    if (s.magic == 0) return s.samples == 0; // nothing seen yet; update() starts it afresh
    if (s.magic != AnomalyState::kMagic || s.version != AnomalyState::kVersion) return false;
    if (s.recording > 1 || !(s.alarmSurprise >= 0.0f && s.alarmSurprise < 1e3f) || s.muteLeft > kMute * kFullPaceSec + 1.0) return false;
    const double numbers[] = {s.previous, s.shortMean, s.longMean, s.overallMean, s.shift};
    const double amounts[] = {s.frozenSec, s.intervalSec, s.shortMove, s.longMove, s.longVariance,
                              s.overallSpread, s.run, s.longestRun, s.moves};
    const auto finite = [](double d) { return std::isfinite(d); };
    const auto amount = [](double d) { return std::isfinite(d) && d >= 0.0; };
    const auto ordered = [](const RecordRange &r) {
        return std::isfinite(r.high) && std::isfinite(r.low) && r.low <= r.high;
    };
    return std::all_of(std::begin(numbers), std::end(numbers), finite)
        && std::all_of(std::begin(amounts), std::end(amounts), amount)
        && std::all_of(std::begin(s.records), std::end(s.records), ordered)
        && s.season.valid() && s.extremes.valid() && s.tail.valid();
}

} // namespace prunella
