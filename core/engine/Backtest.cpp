#include "core/engine/Backtest.h"

#include "core/engine/BacktestCompare.h"
#include "core/engine/Replay.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

/// Numbers of the streamed series in the replay; -1: not watched by the configuration.
std::vector<int> seriesOf(const SampleStream &stream, const Config &config, Replay &replay, BacktestBasis &basis)
{
    std::vector<int> numbers;
    for (const auto &series : stream.series()) {
        const bool watched = isWatched(config, {ConditionKind::Threshold, series.component, series.key, -1});
        numbers.push_back(watched ? replay.seriesOf(series.key, series.component, series.unit) : -1);
        basis.series += watched;
        basis.leftOut += !watched;
    }
    return numbers;
}

Status replaySamples(StoreReader &reader, const BacktestOptions &options, qint64 start, Replay &replay, BacktestBasis &basis,
                     const BacktestProgress &progress)
{
    auto stream = reader.samples(start, basis.to);
    if (!stream)
        return stream.error().code == ErrorCode::NotFound ? Status() : tl::unexpected(stream.error()); // events alone are history, too
    const std::vector<int> numbers = seriesOf(*stream, options.config, replay, basis);
    for (;;) {
        const auto batch = stream->next();
        if (!batch)
            return tl::unexpected(batch.error());
        if (batch->empty())
            return {};
        for (const StreamedSample &sample : *batch) {
            const int number = numbers[std::size_t(sample.series)];
            if (number < 0)
                continue;
            replay.feed(number, sample.value, sample.at);
            if (sample.at >= basis.from) {
                ++basis.samples;
                basis.rolledUp += sample.rolledUp;
                if (sample.rolledUp)
                    basis.rawFrom = std::max(basis.rawFrom, sample.at + 30'000);
            }
        }
        const double share = double(batch->back().at - start) / double(std::max<qint64>(1, basis.to - start));
        if (progress && !progress(share))
            return failure(ErrorCode::Unavailable, u"the backtest was cancelled"_s);
    }
}

QStringList whatItCannotKnow(const BacktestBasis &basis)
{
    QStringList list{
        u"The effect of an action that was not taken: it completes after the time such actions took, and counts as healing when its"
         " condition is gone in the record after the settling time, or when the same action healed the real incident later."_s,
        u"What the record would have been: faults end in it when they really ended, whatever repaired them then."_s,
        u"What people would have said: an approval is given when the real incident's was, after the same time; otherwise nobody answers."_s,
        u"Pauses, the console's selector and restarts of the engine: they are not replayed. Units' states are not stored: crashes are diagnosed as they were."_s};
    if (basis.assumedHealed > 0)
        list << u"%1 actions count as healing only because the same action healed the incident later."_s.arg(basis.assumedHealed);
    if (basis.rolledUp > 0)
        list << u"Peaks shorter than a minute before %1: of that time only the means of minutes are left."_s.arg(isoTime(basis.rawFrom));
    if (basis.assumedEvents > 0)
        list << u"%1 crashes and failing checks are older than the record of events; they are told as their incidents say."_s.arg(basis.assumedEvents);
    if (basis.leftOut > 0)
        list << u"%1 series and events belong to services that this configuration does not watch."_s.arg(basis.leftOut);
    return list;
}

} // namespace

Result<BacktestReport> runBacktest(const BacktestOptions &options, const BacktestProgress &progress)
{
    const auto reader = StoreReader::open(options.stateDir);
    if (!reader)
        return tl::unexpected(reader.error());
    const auto newest = (*reader)->newestAt();
    if (!newest)
        return tl::unexpected(newest.error());
    if (*newest == 0)
        return failure(ErrorCode::NotFound, u"there is no history in %1 yet; let the engine run for a while"_s.arg(options.stateDir));
    BacktestReport report;
    report.configName = options.configName;
    report.mode = options.config.mode;
    report.basis.to = *newest + 1;
    report.basis.from = report.basis.to - options.sinceMs;
    const auto history = readReplayHistory(**reader, options.config, report.basis.from, report.basis.to);
    if (!history)
        return tl::unexpected(history.error());
    const qint64 start = report.basis.from - options.warmUpMs;
    Replay replay(options.config, options.trees, *history, start);
    report.basis.events = int(history->events.size());
    report.basis.assumedEvents = history->assumedEvents;
    report.basis.leftOut = history->leftOut;
    if (auto done = replaySamples(**reader, options, start, replay, report.basis, progress); !done)
        return tl::unexpected(done.error());
    replay.finish();
    report.basis.assumedHealed = replay.assumedHealed();
    report.missed = history->missed;
    compareIncidents(history->incidents, replay.incidents(), report);
    report.would.waits = replay.waits();
    explainGone(**reader, options.config, report);
    report.cannotKnow = whatItCannotKnow(report.basis);
    return report;
}

} // namespace prunella
