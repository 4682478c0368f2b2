#pragma once
// What monitors measure.
#include <QList>
#include <QMap>
#include <QString>
#include <QtGlobal>
#include <algorithm>

namespace prunella {

using Labels = QMap<QString, QString>;

/// Names one time series. `metric` is the threshold's name (contracts): cpu_usage, memory_usage, disk_usage{path},
/// response_time{service}, error_percent{service}, ...
struct SeriesKey {
    QString metric;
    Labels labels;
    bool operator==(const SeriesKey &) const = default;
};

[[nodiscard]] inline size_t qHash(const SeriesKey &key, size_t seed = 0)
{
    seed = qHash(key.metric, seed);
    for (auto it = key.labels.cbegin(); it != key.labels.cend(); ++it)
        seed = qHashMulti(seed, it.key(), it.value());
    return seed;
}

[[nodiscard]] inline bool operator<(const SeriesKey &a, const SeriesKey &b)
{
    if (a.metric != b.metric)
        return a.metric < b.metric;
    return std::lexicographical_compare(
        a.labels.constKeyValueBegin(), a.labels.constKeyValueEnd(), b.labels.constKeyValueBegin(), b.labels.constKeyValueEnd(),
        [](const auto &x, const auto &y) { return std::pair(x.first, x.second) < std::pair(y.first, y.second); });
}

/// "disk_usage{path=/}", for logs, evidence and chart titles.
[[nodiscard]] QString toString(const SeriesKey &key);

struct Sample {
    SeriesKey key;
    double value = 0;    ///< NaN is never stored: what was not measured has no sample
    QString unit;        ///< "%", "B/s", "ms", "1/s", "B", "" for counts
    QString component;   ///< the service's name in the configuration; "host" for the machine itself
    qint64 wallMs = 0;
    qint64 monotonicMs = 0;
};

} // namespace prunella
