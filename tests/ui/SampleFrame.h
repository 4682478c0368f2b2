#pragma once
// Frames as an engine would make them, for tests of the console.
#include "core/model/Frame.h"

#include <cmath>

namespace prunella::sample {

inline constexpr qint64 Start = 1'700'000'000'000; ///< wall ms; also ManualClock's first time

inline MetricRow row(const QString &metric, const Labels &labels, double value, const QString &unit, qint64 at,
                     Health status = Health::Healthy, const QString &component = QStringLiteral("host"))
{
    MetricRow row{{metric, labels}, component, value, unit, status, std::nullopt, std::nullopt, at};
    if (unit == u"%") {
        row.warning = 80;
        row.critical = 95;
    }
    return row;
}

inline Incident incident(const QString &component, IncidentStatus status, qint64 at, Severity severity = Severity::High)
{
    Incident incident;
    incident.id = u"0000-" + component;
    incident.type = ErrorType::ServiceCrash;
    incident.severity = severity;
    incident.status = status;
    incident.component = component;
    incident.summary = component + QStringLiteral(" was ended by signal 9");
    incident.startedAt = at;
    incident.detectedAt = at;
    return incident;
}

/// Values of one moment; `second` moves them as time would.
inline QList<MetricRow> metrics(qint64 at, int services, int mounts)
{
    const double second = double(at - Start) / 1000;
    const auto wave = [second](double middle, double swing, double period) {
        return middle + swing * std::sin(second / period) + swing / 3 * std::sin(second * 1.7 + middle);
    };
    const auto text = [](const char *word) { return QString::fromLatin1(word); };
    QList<MetricRow> rows{row(text("cpu_usage"), {}, wave(42, 18, 30), text("%"), at),
                          row(text("memory_usage"), {}, wave(61, 2, 90), text("%"), at),
                          row(text("load_1"), {}, wave(2.1, 0.8, 40), {}, at),
                          row(text("load_5"), {}, wave(1.8, 0.3, 80), {}, at),
                          row(text("load_15"), {}, 1.6, {}, at),
                          row(text("pressure_cpu_some"), {}, wave(8, 5, 25), text("%"), at),
                          row(text("pressure_memory_some"), {}, 0.4, text("%"), at),
                          row(text("pressure_io_some"), {}, wave(4, 3, 45), text("%"), at),
                          row(text("network_receive"), {{text("interface"), text("eth0")}}, wave(2.4e6, 1.8e6, 20), text("B/s"), at),
                          row(text("network_transmit"), {{text("interface"), text("eth0")}}, wave(4.1e5, 2e5, 33), text("B/s"), at)};
    const QStringList paths{text("/"), text("/home"), text("/var/lib/postgresql/15/main/base"), text("/boot/efi")};
    for (int i = 0; i < mounts; ++i) {
        const QString path = i < paths.size() ? paths[i] : QString(text("/srv/volume-") + QString::number(i));
        rows.append(row(text("disk_usage"), {{text("path"), path}}, 83 - 7.0 * i, text("%"), at,
                        i == 0 ? Health::Warning : Health::Healthy));
    }
    for (int i = 0; i < services; ++i) {
        const QString name = i == 0 ? text("web") : i == 1 ? text("db") : QString(text("worker-") + QString::number(i));
        MetricRow time = row(text("response_time"), {{text("service"), name}}, wave(120 + 60.0 * i, 40, 15), text("ms"), at,
                             Health::Healthy, name);
        time.warning = 2000;
        rows.append(time);
        rows.append(row(text("error_percent"), {{text("service"), name}}, i == 0 ? 0.1 : 0, text("%"), at, Health::Healthy, name));
    }
    return rows;
}

inline EngineFrame frame(qint64 at = Start, int services = 8, int mounts = 3)
{
    EngineFrame frame;
    frame.wallMs = at;
    frame.lastSampleAt = at - 400;
    frame.overall = Health::Critical;
    frame.engine.version = QStringLiteral("0.1.0");
    frame.engine.mode = Mode::Approve;
    frame.engine.ceiling = Mode::Automatic;
    frame.engine.configFile = QStringLiteral("/etc/prunella/config.yaml");
    frame.metrics = metrics(at, services, mounts);
    frame.components.append({QStringLiteral("host"), Health::Warning, QStringLiteral("disk_usage{path=/} 83 % is over 80 %"),
                             at - 3'900'000, {}, {}, false, {}});
    for (int i = 0; i < services; ++i) {
        const QString name = i == 0 ? QStringLiteral("web") : i == 1 ? QStringLiteral("db")
                                                             : QString(QStringLiteral("worker-") + QString::number(i));
        const Health health = i == 1 ? Health::Critical : i == 3 ? Health::Unknown : Health::Healthy;
        const QString reason = health == Health::Critical ? QStringLiteral("failed: signal 9, 3 of 3 attempts used in 1 h, a person is asked")
                               : health == Health::Unknown ? QStringLiteral("no system bus")
                                                           : QStringLiteral("active, 2 of 2 checks pass");
        frame.components.append({name, health, reason, at - (i + 1) * 754'000, QStringLiteral("systemd"),
                                 QString(name + QStringLiteral(".service")), i == 4, {}});
    }
    if (services > 1)
        frame.open.append(incident(QStringLiteral("db"), IncidentStatus::AwaitingApproval, at - 95'000));
    frame.recent.append(incident(QStringLiteral("web"), IncidentStatus::Resolved, at - 200'000, Severity::Medium));
    frame.failedBefore = {QStringLiteral("apt-daily.service"), QStringLiteral("fwupd.service")};
    return frame;
}

} // namespace prunella::sample
