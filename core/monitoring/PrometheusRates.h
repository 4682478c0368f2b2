#pragma once
// From one scrape to the next: counters become rates, histograms become quantiles. Pure.
#include "core/monitoring/PrometheusText.h"

namespace prunella {

struct PromReading { SeriesKey key; double value = 0; QString unit; };

/// Remembers the last scrape of one endpoint. Readings, all under the names as exposed:
///   gauge, untyped, state   its value
///   counter                 its increase a second, from the second scrape on
///   histogram               NAME{quantile=0.5|0.9|0.99} of what was observed since the last scrape, NAME_count as
///                           observations a second, NAME_mean the mean observation (both quantiles and mean only when
///                           there were observations)
///   summary                 NAME{quantile=...} as exposed, NAME_count and NAME_mean as above
///   gauge histogram         NAME{quantile=...} of what is in it now, NAME_gcount its size
///   info                    nothing: it holds texts
/// A counter that fell, or whose `_created` changed, was restarted from zero; a histogram restarts as a whole. NaN and
/// infinities are no readings. Units: B, s, % by UNIT or by the name's ending; rates have "/s".
class PrometheusRates
{
public:
    /// `monotonicMs`: when it was scraped. An endpoint's own timestamps count instead where both scrapes have them; a
    /// value whose timestamp did not move gives no rate. Within 200 ms of the last scrape there are no rates, and that
    /// one stays the base.
    [[nodiscard]] QList<PromReading> take(const PromScrape &scrape, qint64 monotonicMs);

private:
    struct Point { double value = 0; std::optional<qint64> timestampMs; };
    /// A counter (`total` alone), a histogram or a summary with one set of labels.
    struct Group {
        QString family, name;    ///< name: of a counter, as exposed
        Labels labels;           ///< without le and quantile
        PromType type = PromType::Unknown;
        std::optional<Point> total, count, sum;
        std::optional<double> created;
        QHash<QString, double> buckets; ///< by le as written
    };
    using Groups = QHash<SeriesKey, Group>;

    [[nodiscard]] static QList<PromReading> readValues(const PromScrape &scrape);
    static void readGroup(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out);
    static void collect(const PromSample &sample, Groups &groups, QList<SeriesKey> &order);
    [[nodiscard]] static bool restarted(const Group &before, const Group &now);
    static void readCounter(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out);
    static void readObservations(const Group *before, const Group &now, qint64 elapsedMs, const QString &unit, QList<PromReading> &out);
    static void readQuantiles(const Group *before, const Group &now, bool fresh, const QString &unit, QList<PromReading> &out);

    Groups m_before;
    qint64 m_beforeMs = -1;
};

} // namespace prunella
