#pragma once
// Single calls of prunellactl, into a pipe as a script sees them or on a terminal as a person does, and stores prepared for them.
#include "core/base/Clock.h"
#include "core/model/Incident.h"
#include "core/model/StoreQueries.h"

#include <QJsonDocument>
#include <QStringList>

namespace prunella::testing {

struct CtlAnswer { int code = -1; QString out, err; };

/// Output goes into pipes. `environment`: NAME=VALUE.
[[nodiscard]] CtlAnswer ctl(const QStringList &arguments, const QStringList &environment = {});
/// What a terminal (a pty) is sent on stdout.
[[nodiscard]] QString ctlOnTerminal(const QStringList &arguments, const QStringList &environment = {});
[[nodiscard]] inline QJsonDocument parsed(const QString &text) { return QJsonDocument::fromJson(text.toUtf8()); }

/// An incident of `component` as an engine would have written it; escalated and acted on once.
[[nodiscard]] Incident writtenIncident(const QString &id, const QString &component, qint64 detectedAt);
/// Writes a state directory as an engine leaves it.
void writeStore(const QString &stateDir, const QList<Incident> &incidents, const QList<MetricRow> &rows = {});

} // namespace prunella::testing
