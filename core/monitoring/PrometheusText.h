#pragma once
// Prometheus text format 0.0.4 and OpenMetrics 1.0, read leniently: a line that cannot be read is reported, the others
// count. Pure.
#include "core/model/Sample.h"

#include <QByteArray>
#include <QHash>
#include <QStringList>
#include <optional>

namespace prunella {

enum class PromType { Unknown, Gauge, Counter, Histogram, GaugeHistogram, Summary, Info, StateSet };

/// What one line of a family means. Value: a gauge, a counter's total, one quantile of a summary, one state.
enum class PromRole { Value, Bucket, Sum, Count, Created };

struct PromSample {
    QString name;          ///< as exposed, with its suffix
    QString family;        ///< the name in its TYPE line; the sample's own name when there is none
    PromType type = PromType::Unknown;
    PromRole role = PromRole::Value;
    Labels labels;         ///< `le` and `quantile` among them, as written
    double value = 0;      ///< may be NaN or infinite
    std::optional<qint64> timestampMs; ///< since 1970, when the endpoint says when it measured
};

struct PromFamily { PromType type = PromType::Unknown; QString unit; };

/// The differences that matter: OpenMetrics has timestamps in seconds, ends with `# EOF`, and a counter's TYPE line lacks
/// the `_total` of its samples.
enum class PromFormat { Text, OpenMetrics };

struct PromLimits {
    qsizetype bytes = 16 * 1024 * 1024;
    qsizetype lineBytes = 64 * 1024;
    qsizetype samples = 100'000;
};

struct PromScrape {
    QList<PromSample> samples;            ///< in the order of the text; of one series with several points the last counts
    QHash<QString, PromFamily> families;  ///< those with a TYPE or UNIT line
    QStringList problems;                 ///< "line 12: ...", at most 20
    int problemCount = 0;                 ///< all of them
};

/// The format that a Content-Type header names; Text for anything but application/openmetrics-text.
[[nodiscard]] PromFormat promFormat(const QByteArray &contentType);
[[nodiscard]] PromScrape parsePrometheusText(const QByteArray &text, PromFormat format, const PromLimits &limits = {});

} // namespace prunella
