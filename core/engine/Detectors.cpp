#include "core/engine/Detectors.h"

namespace prunella {
namespace {

const QString logPrefix = QStringLiteral("log/");
const QString seriesPrefix = QStringLiteral("series/");

void take(std::vector<ErrorEvent> &all, std::vector<ErrorEvent> more)
{
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

} // namespace

Detectors::Detectors(const Config &config)
    : m_series(config.thresholds)
    , m_checks(config.services)
    , m_findPatterns(config.detection.patternRecognitionEnabled)
{
    static_cast<void>(m_series.findAnomalies(config.detection.anomalyDetectionEnabled, {})); // nothing is found yet
    setSettle(config);
}

void Detectors::setSettle(const Config &config)
{
    QHash<QString, qint64> own;
    for (const auto &service : config.services) {
        if (service.recovery.settleMs)
            own.insert(service.name, *service.recovery.settleMs);
    }
    m_crash.setSettle(config.recovery.settleMs, own);
    QSet<QString> databases; // a service with a database monitor: its failing connections are a database's
    for (const auto &monitor : config.monitors) {
        if (monitor.type == u"postgresql" || monitor.type == u"redis")
            databases.insert(monitor.service);
    }
    m_checks.setDatabases(databases);
}

void Detectors::judge(Found &found, const QList<Sample> &samples, qint64 storeEveryMs)
{
    auto fed = m_series.feed(samples, storeEveryMs);
    found.rows.append(fed.rows);
    take(found.events, std::move(fed.events));
}

Detectors::Found Detectors::feed(const QList<Sample> &samples, qint64 storeEveryMs)
{
    Found found;
    judge(found, samples, storeEveryMs);
    return found;
}

Detectors::Found Detectors::feed(const RawEvent &event)
{
    Found found;
    if (event.kind == RawEventKind::CheckDone) {
        auto outcome = m_checks.feed(event.check);
        take(found.events, std::move(outcome.events));
        judge(found, QList<Sample>(outcome.samples.begin(), outcome.samples.end()));
    } else {
        found.events = m_crash.feed(event);
        take(found.events, m_stops.feed(event));
    }
    return found;
}

Detectors::Found Detectors::feed(const QList<LogLine> &lines, const Now &now)
{
    Found found;
    for (const LogLine &line : lines) {
        m_requests.add(line.component, line.text, line.priority);
        m_logged.insert(line.component);
        if (m_findPatterns)
            take(found.events, m_logs.feed(line));
    }
    countRequests(found, now);
    return found;
}

/// Also with nothing counted, so that the rate of a log that fell silent goes down.
void Detectors::countRequests(Found &found, const Now &now)
{
    const auto counts = m_requests.take();
    for (const QString &service : std::as_const(m_logged)) {
        const auto samples = m_checks.count(service, counts.value(service), now.wallMs, now.monotonicMs);
        judge(found, QList<Sample>(samples.begin(), samples.end()));
    }
}

Detectors::Found Detectors::tick(const Now &now)
{
    Found found;
    found.events = m_crash.tick(now);
    take(found.events, m_stops.tick(now));
    take(found.events, m_series.tick(now));
    take(found.events, m_logs.tick(now));
    countRequests(found, now);
    return found;
}

std::vector<ErrorEvent> Detectors::setConfig(const Config &config, const Now &now)
{
    std::vector<ErrorEvent> events = m_series.setThresholds(config.thresholds, now);
    take(events, m_checks.setServices(config.services, now.wallMs, now.monotonicMs));
    setSettle(config);
    take(events, m_series.findAnomalies(config.detection.anomalyDetectionEnabled, now));
    if (std::exchange(m_findPatterns, config.detection.patternRecognitionEnabled) && !m_findPatterns)
        take(events, m_logs.clear(now));
    return events;
}

std::optional<qint64> Detectors::nextTickMs() const
{
    const auto crash = m_crash.nextTickMs(), stop = m_stops.nextTickMs();
    return crash && stop ? std::min(crash, stop) : crash ? crash : stop;
}

void Detectors::adopt(const QList<Incident> &open, const Now &now)
{
    for (const Incident &incident : open) {
        adoptOne(incident, now);
        for (const Symptom &member : incident.members) {
            Incident symptom;
            symptom.condition = member.condition;
            symptom.type = member.type;
            symptom.severity = member.severity;
            symptom.startedAt = symptom.detectedAt = member.at;
            if (prunella::holds(member))
                adoptOne(symptom, now);
        }
    }
}

void Detectors::adoptOne(const Incident &incident, const Now &now)
{
    if (incident.type == ErrorType::DependencyFailure && incident.condition.kind == ConditionKind::UnitFailed)
        m_stops.adopt(incident.condition.component);
    else
        m_crash.adopt(incident.condition);
    m_checks.adopt(incident.condition);
    m_series.adopt(incident, now);
    m_logs.adopt(incident.condition, now);
}

bool Detectors::holds(const Condition &condition) const
{
    return condition.kind == ConditionKind::LogPattern ? m_logs.holds(condition) : m_series.holds(condition);
}

QMap<QString, QByteArray> Detectors::save() const
{
    QMap<QString, QByteArray> saved;
    const auto put = [&saved](const QString &prefix, const QMap<QString, QByteArray> &part) {
        for (auto it = part.cbegin(); it != part.cend(); ++it)
            saved.insert(prefix + it.key(), it.value());
    };
    put(seriesPrefix, m_series.saveAnomalies());
    put(logPrefix, m_logs.save());
    return saved;
}

void Detectors::restore(const QMap<QString, QByteArray> &saved)
{
    QMap<QString, QByteArray> series, logs;
    for (auto it = saved.cbegin(); it != saved.cend(); ++it) {
        if (it.key().startsWith(seriesPrefix))
            series.insert(it.key().mid(seriesPrefix.size()), it.value());
        else if (it.key().startsWith(logPrefix))
            logs.insert(it.key().mid(logPrefix.size()), it.value());
    }
    m_series.restoreAnomalies(series);
    m_logs.restore(logs);
}

} // namespace prunella
