#include "core/engine/ServiceBoard.h"

#include "core/config/ContainerSocket.h"

#include <csignal>

namespace prunella {
namespace {

const QString hostName = QStringLiteral("host");
constexpr qint64 oomMemoryMs = 600'000;

bool isSystemd(const ServiceConfig &config)
{
    return config.manager == Manager::Systemd || config.manager == Manager::SystemdUser;
}

/// What tells that the state of such a service cannot be known; empty: nothing does.
QString sourceOf(const ServiceConfig &config)
{
    if (config.manager == Manager::Container)
        return containerSource(config.socket);
    if (!isSystemd(config))
        return {};
    return config.manager == Manager::SystemdUser ? QStringLiteral("user bus") : QStringLiteral("system bus");
}

/// "container web runs, pid 12", else "pid 12 runs"
QString processText(const ServiceBoard::Entry &entry)
{
    if (entry.config.manager == Manager::Container && !entry.processText.isEmpty())
        return entry.processText;
    return QStringLiteral("pid %1 %2").arg(entry.process->pid).arg(entry.process->running ? QStringLiteral("runs") : QStringLiteral("ended"));
}

std::pair<Health, QString> processHealth(const ServiceBoard::Entry &entry)
{
    const ProcessState &process = *entry.process;
    // As a stopped unit: nobody knows whether it should run. Its end was asked for, or it ended well before we came.
    const bool stopped = entry.config.manager == Manager::Container && !process.running
        && (process.stopRequested || (process.pid == 0 && process.exitStatus == 0));
    const Health health = process.running ? Health::Healthy : stopped ? Health::Unknown : Health::Critical;
    return {health, processText(entry)};
}

std::pair<Health, QString> unitHealth(const UnitState &unit)
{
    const QString text = QStringLiteral("%1 is %2 (%3)").arg(unit.unit, unit.activeState, unit.subState);
    if (unit.loadState == QStringLiteral("not-found"))
        return {Health::Unknown, QStringLiteral("systemd knows no unit %1").arg(unit.unit)};
    if (unit.activeState == QStringLiteral("active"))
        return {Health::Healthy, text};
    if (unit.activeState == QStringLiteral("failed"))
        return {Health::Critical, QStringLiteral("%1 failed: %2").arg(unit.unit, unit.result)};
    if (unit.activeState == QStringLiteral("inactive"))
        return {Health::Unknown, QStringLiteral("%1 is stopped").arg(unit.unit)};
    return {Health::Warning, text};
}

} // namespace

void ServiceBoard::setServices(const QList<ServiceConfig> &services)
{
    std::map<QString, Entry> entries;
    for (const auto &service : services) {
        const auto old = m_entries.find(service.name);
        Entry entry = old == m_entries.end() ? Entry{} : old->second;
        const bool same = entry.config.manager == service.manager && entry.config.unit == service.unit
            && entry.config.container == service.container && entry.config.socket == service.socket;
        if (!same)
            entry = {};
        entry.config = service;
        entry.checks.removeIf([&](auto it) { return it.key() >= service.health.size(); });
        entries.emplace(service.name, std::move(entry));
    }
    const auto host = m_entries.find(hostName);
    entries.emplace(hostName, host == m_entries.end() ? Entry{} : host->second);
    m_entries = std::move(entries);
}

void ServiceBoard::note(const RawEvent &event)
{
    if (event.kind == RawEventKind::SourceLost || event.kind == RawEventKind::SourceBack) {
        for (auto &[name, entry] : m_entries) {
            if (name != hostName && !event.source.isEmpty() && event.source == sourceOf(entry.config))
                entry.lost = event.kind == RawEventKind::SourceLost ? event.text : QString();
        }
        return;
    }
    const auto it = m_entries.find(event.component);
    if (it == m_entries.end())
        return;
    Entry &entry = it->second;
    if (event.kind == RawEventKind::UnitChanged || event.kind == RawEventKind::ProcessChanged) {
        if (event.kind == RawEventKind::UnitChanged) {
            entry.unit = event.unit;
            entry.lost.clear();
        } else {
            entry.process = event.process;
            entry.processText = event.text;
            entry.lost.clear();
        }
        // What never ran while it was watched may rightly be down: a single job, or started when it is asked.
        const bool down = isDown(event.component).value_or(false);
        const bool failed = event.unit.activeState == QStringLiteral("failed");
        if (down && entry.downSinceMs == 0 && (entry.wasUp || failed))
            entry.downSinceMs = event.monotonicMs;
        entry.downSinceMs = down ? entry.downSinceMs : 0;
        entry.wasUp = entry.wasUp || !down;
    } else if (event.kind == RawEventKind::CheckDone) {
        const auto before = entry.checks.constFind(event.check.index);
        entry.checkFlapping[event.check.index].add(before != entry.checks.cend() && before->ok != event.check.ok);
        entry.checks.insert(event.check.index, event.check);
    } else if (event.kind == RawEventKind::OomKilled) {
        entry.oomKills.removeIf([&](const OomKill &kill) { return kill.wallMs < event.wallMs - oomMemoryMs; });
        entry.oomKills.append(event.oom);
    }
}

const ServiceBoard::Entry *ServiceBoard::entry(const QString &service) const
{
    const auto it = m_entries.find(service);
    return it == m_entries.end() ? nullptr : &it->second;
}

TargetFacts ServiceBoard::facts(const ServiceConfig &service) const
{
    TargetFacts facts;
    const Entry *known = entry(service.name);
    if (!known)
        return facts;
    if (known->downSinceMs != 0)
        facts.downSinceMs = known->downSinceMs;
    if (known->unit) {
        const auto &unit = *known->unit;
        facts.invocation = unit.invocationId;
        facts.stateBefore = QStringLiteral("%1/%2 result=%3 invocation=%4 restarts=%5")
                                .arg(unit.activeState, unit.subState, unit.result, unit.invocationId).arg(unit.restarts);
        facts.managerRestarting = unit.activeState == QStringLiteral("activating") || unit.subState == QStringLiteral("auto-restart");
        facts.startLimitHit = unit.startLimitHit;
    } else if (known->process) {
        facts.stateBefore = processText(*known);
    }
    return facts;
}

SymptomFacts ServiceBoard::symptomFacts(const QString &service) const
{
    constexpr int killed = SIGKILL, asked = SIGTERM;
    SymptomFacts facts;
    const Entry *known = entry(service);
    if (!known)
        return facts;
    facts.oomKilled = !known->oomKills.isEmpty();
    int signal = 0;
    if (known->unit) {
        const UnitState &unit = *known->unit;
        facts.oomKilled = facts.oomKilled || unit.result == QStringLiteral("oom-kill");
        facts.dependencyResult = unit.result == QStringLiteral("dependency");
        signal = unit.activeState == QStringLiteral("failed") && unit.result == QStringLiteral("signal") ? unit.exitStatus : 0;
    } else if (known->process && !known->process->running && known->process->signalled) {
        signal = known->process->exitStatus;
    }
    facts.killedFromOutside = !facts.oomKilled && (signal == killed || signal == asked);
    return facts;
}

std::optional<bool> ServiceBoard::isDown(const QString &service) const
{
    const Entry *known = entry(service);
    if (!known || !known->lost.isEmpty())
        return std::nullopt;
    if (known->unit)
        return known->unit->activeState != QStringLiteral("active") && known->unit->activeState != QStringLiteral("reloading");
    if (known->process)
        return !known->process->running;
    return std::nullopt;
}

QString ServiceBoard::stateText(const QString &service) const
{
    const Entry *known = entry(service);
    if (known && known->unit)
        return QStringLiteral("%1 is %2 (%3)").arg(known->unit->unit, known->unit->activeState, known->unit->subState);
    if (known && known->process)
        return processText(*known);
    return known ? known->reason : QString();
}

QString ServiceBoard::victimOf(const OomKill &kill) const
{
    QString victim;
    for (const auto &[name, entry] : m_entries) {
        const bool group = entry.unit && !entry.unit->controlGroup.isEmpty() && kill.controlGroup.startsWith(entry.unit->controlGroup);
        // The kernel's line may come before the unit's control group is known: then the path names the unit.
        const bool named = entry.unit && entry.unit->controlGroup.isEmpty() && QString(kill.controlGroup + u'/').contains(QString(u'/' + entry.unit->unit + u'/'));
        const bool main = (entry.unit && entry.unit->mainPid == kill.pid) || (entry.process && entry.process->pid == kill.pid);
        if (group || named || main)
            victim = name;
    }
    return victim;
}

bool ServiceBoard::isFlapping(const QString &service, int check) const
{
    const Entry *known = entry(service);
    return known && known->checkFlapping.value(check).isFlapping();
}

std::pair<Health, QString> ServiceBoard::own(const Entry &entry) const
{
    if (!entry.lost.isEmpty())
        return {Health::Unknown, entry.lost};
    std::pair<Health, QString> state{Health::Unknown, QStringLiteral("not seen yet")};
    if (isSystemd(entry.config) && entry.unit)
        state = unitHealth(*entry.unit);
    else if (entry.process)
        state = processHealth(entry);
    if (state.first != Health::Healthy)
        return state;
    int passed = 0;
    for (const auto &check : entry.checks) {
        if (!check.ok)
            return {Health::Warning, QStringLiteral("health check %1 fails: %2").arg(check.index + 1).arg(check.text)};
        ++passed;
    }
    if (passed > 0)
        state.second += QStringLiteral(", %1 of %2 health checks pass").arg(passed).arg(entry.config.health.size());
    return state;
}

QStringList ServiceBoard::judge(const QList<Incident> &open,
                                const std::function<std::pair<Health, QString>(const QString &)> &worstMetric, qint64 wallMs)
{
    QStringList changed;
    for (auto &[name, entry] : m_entries) {
        auto [health, reason] = name == hostName ? worstMetric(name) : own(entry);
        if (health == Health::Healthy && name != hostName) {
            const auto metric = worstMetric(name);
            if (metric.first == Health::Warning || metric.first == Health::Critical)
                std::tie(health, reason) = metric;
        }
        for (const Incident &incident : open) {
            for (const Symptom &member : incident.members) {
                if (member.condition.component == name && name != hostName && holds(member)) {
                    const Health floor = member.severity >= Severity::High ? Health::Critical : Health::Warning;
                    health = health == Health::Critical ? health : floor;
                    reason = member.why;
                }
            }
            if (incident.component != name || name == hostName || incident.status == IncidentStatus::Observed)
                continue;
            const Health floor = incident.conditionHolds && incident.severity >= Severity::High ? Health::Critical : Health::Warning;
            if (health == Health::Healthy || (health == Health::Warning && floor == Health::Critical)) {
                health = floor;
                reason = incident.diagnosis && !incident.diagnosis->rootCause.isEmpty() ? incident.diagnosis->rootCause : incident.summary;
            }
        }
        entry.reason = reason;
        if (health != entry.health || entry.since == 0) {
            entry.since = wallMs;
            entry.health = health;
            changed.append(name);
        }
    }
    return changed;
}

QList<ComponentHealth> ServiceBoard::components() const
{
    QList<ComponentHealth> list;
    for (const auto &[name, entry] : m_entries) {
        ComponentHealth component{name, entry.health, entry.reason, entry.since, {}, {}, false, {}};
        if (name != hostName) {
            component.manager = toString(entry.config.manager);
            component.unit = entry.config.unit;
        }
        for (const auto &[other, dependent] : m_entries) {
            if (dependent.config.dependsOn.contains(name))
                component.dependents.append(other);
        }
        list.append(component);
    }
    return list;
}

Health ServiceBoard::overall() const
{
    Health worst = Health::Healthy;
    bool unknown = false;
    for (const auto &[name, entry] : m_entries) {
        unknown = unknown || (entry.health == Health::Unknown && name == hostName);
        if (entry.health == Health::Warning || entry.health == Health::Critical)
            worst = std::max(worst, entry.health);
    }
    return worst == Health::Healthy && unknown ? Health::Unknown : worst;
}

} // namespace prunella
