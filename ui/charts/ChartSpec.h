#pragma once
// What a chart shows, as values.
#include "core/model/Enums.h"
#include "core/model/Sample.h"

#include <QList>
#include <QString>
#include <optional>

namespace prunella {

struct LineSpec {
    SeriesKey key;
    QString name;             ///< shown beside its colour; empty in a chart with one line
    bool operator==(const LineSpec &) const = default;
};

struct ChartSpec {
    QString id;               ///< stable, to remember the choice: "cpu", "response:web"
    QString title;
    QString unit;
    QString component;        ///< whose incidents are marked; "host": everybody's
    QList<LineSpec> lines;
    std::optional<double> top; ///< fixed upper end of the scale, for percentages
    bool operator==(const ChartSpec &) const = default;
};

struct ThresholdLine { double value = 0; Health level = Health::Warning; };

/// An incident on the time axis.
struct IncidentMark {
    QString id;
    qint64 at = 0;            ///< wall ms
    Health level = Health::Warning;
    QString text;
};

} // namespace prunella
