#include "core/monitoring/UnitWatcher.h"
#include "core/monitoring/UnitProperties.h"
#include "core/monitoring/UnitSampler.h"

#include <systemd/sd-bus.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr auto kManagerPath = "/org/freedesktop/systemd1";
constexpr auto kManager = "org.freedesktop.systemd1.Manager";
constexpr auto kProperties = "org.freedesktop.DBus.Properties";
constexpr int kRetryMs = 5000;
constexpr int kUnitMessageMs = 5; // systemd sends both messages together; this is only for one that never comes

QString managerSignal(const QString &member)
{
    return u"type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
           "interface='org.freedesktop.systemd1.Manager',member='"_s + member + u"'"_s;
}

/// Past its start limit a unit stays failed, mostly with the Result of its last run. But systemd counts a restart before
/// it begins one, and only a real start draws a new InvocationID: counted and not begun means refused.
bool startLimitHit(const UnitState &unit, quint32 restartsAtStart)
{
    return unit.activeState == "failed"_L1 && (unit.result == "start-limit-hit"_L1 || unit.restarts > restartsAtStart);
}

} // namespace

UnitWatcher::UnitWatcher(bool userBus, std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_userBus(userBus), m_clock(std::move(clock)), m_bus(userBus),
      m_sampler(std::make_unique<UnitSampler>(m_clock))
{
    m_retry.setInterval(kRetryMs);
    m_pendingTimer.setSingleShot(true);
    m_pendingTimer.setInterval(kUnitMessageMs);
    connect(&m_retry, &QTimer::timeout, this, &UnitWatcher::connectBus);
    connect(&m_pendingTimer, &QTimer::timeout, this, &UnitWatcher::reportPending);
    connect(&m_bus, &SystemdBus::lost, this, &UnitWatcher::lose);
}

UnitWatcher::~UnitWatcher()
{
    stop();
}

void UnitWatcher::setUnits(const QMap<QString, QString> &serviceByUnit)
{
    std::erase_if(m_entries, [&](const auto &entry) { return !serviceByUnit.contains(entry.first); });
    for (auto it = serviceByUnit.cbegin(); it != serviceByUnit.cend(); ++it) {
        const bool isNew = !m_entries.contains(it.key());
        m_entries[it.key()].service = it.value();
        if (isNew && m_connected)
            load(it.key());
    }
}

void UnitWatcher::start()
{
    if (std::exchange(m_started, true))
        return;
    connectBus();
}

void UnitWatcher::stop()
{
    m_started = m_connected = m_lostTold = false;
    m_retry.stop();
    m_pendingTimer.stop();
    m_pending.clear();
    m_matches.clear();
    for (auto &[unit, entry] : m_entries)
        entry = Entry{.service = entry.service};
    m_bus.close();
}

QList<UnitState> UnitWatcher::states() const
{
    QList<UnitState> states;
    for (const auto &[unit, entry] : m_entries) {
        if (!entry.reported.activeState.isEmpty())
            states.append(entry.reported);
    }
    return states;
}

void UnitWatcher::connectBus()
{
    m_matches.clear();
    for (auto &[unit, entry] : m_entries) {
        entry.changed.reset();
        entry.removed.reset();
        entry.known = false;
    }
    if (const Status opened = m_bus.open(); !opened)
        return lose(opened.error().message);
    const QString owner = u"type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                          "member='NameOwnerChanged',arg0='org.freedesktop.systemd1'"_s;
    m_matches.push_back(m_bus.addMatch(owner, [this](sd_bus_message *message) { onOwnerChanged(message); }));
    m_matches.push_back(m_bus.addMatch(managerSignal(u"Reloading"_s),
                                       [this](sd_bus_message *message) { onReloading(message); }));
    // Of all units: sd-bus cannot match arg2 behind a number. Jobs are few.
    m_matches.push_back(m_bus.addMatch(managerSignal(u"JobRemoved"_s),
                                       [this](sd_bus_message *message) { onJobRemoved(message); }));
    subscribe();
}

void UnitWatcher::subscribe()
{
    m_bus.call(kManagerPath, kManager, "Subscribe", {}, [this](sd_bus_message *answer) { onSubscribed(answer); });
}

void UnitWatcher::onSubscribed(sd_bus_message *answer)
{
    // Subscribed before, on this very connection: systemd was restarted in place and remembers us.
    const bool already = sd_bus_message_is_method_error(answer, "org.freedesktop.systemd1.AlreadySubscribed") > 0;
    if (const QString error = busError(answer); !error.isEmpty() && !already)
        return lose(u"systemd does not answer on the "_s + m_bus.name() + u": "_s + error);
    m_retry.stop();
    m_connected = true;
    m_reloading = false;
    if (std::exchange(m_lostTold, false))
        emitSource(RawEventKind::SourceBack, u"systemd answers on the "_s + m_bus.name() + u" again"_s);
    QStringList units; // a copy: the loop must not depend on what receivers of events do
    for (const auto &[unit, entry] : m_entries)
        units.append(unit);
    for (const QString &unit : std::as_const(units))
        load(unit);
}

void UnitWatcher::onOwnerChanged(sd_bus_message *message)
{
    const char *name = nullptr, *before = nullptr, *after = nullptr;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0)
        return;
    if (*after)
        subscribe();
    else
        lose(u"systemd left the "_s + m_bus.name());
}

void UnitWatcher::onReloading(sd_bus_message *message)
{
    int active = 0;
    if (sd_bus_message_read(message, "b", &active) < 0)
        return;
    m_reloading = active != 0;
    if (m_reloading)
        return; // the second signal, "done", is the one that counts
    QStringList units;
    for (const auto &[unit, entry] : m_entries)
        units.append(unit);
    for (const QString &unit : std::as_const(units))
        load(unit);
}

void UnitWatcher::lose(const QString &why)
{
    m_connected = false;
    m_retry.start();
    if (!std::exchange(m_lostTold, true))
        emitSource(RawEventKind::SourceLost, why);
}

void UnitWatcher::emitSource(RawEventKind kind, const QString &text)
{
    const Now now = m_clock->now();
    RawEvent event;
    event.kind = kind;
    event.source = m_bus.name();
    event.text = text;
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    Q_EMIT eventReady(event);
}

void UnitWatcher::load(const QString &unit)
{
    m_bus.call(kManagerPath, kManager, "LoadUnit", {unit.toUtf8()},
               [this, unit](sd_bus_message *answer) { onLoaded(unit, answer); });
}

void UnitWatcher::onLoaded(const QString &unit, sd_bus_message *answer)
{
    const auto it = m_entries.find(unit);
    if (it == m_entries.end())
        return;
    const char *path = nullptr;
    if (const QString error = busError(answer); !error.isEmpty())
        return reportUnloadable(unit, error);
    if (sd_bus_message_read(answer, "o", &path) < 0)
        return;
    Entry &entry = it->second;
    if (entry.path != path || !entry.changed) {
        entry.path = path; // that of the unit's own name, where ours is an alias
        watchPath(unit, entry);
    }
    readAll(unit);
}

// One match per unit, so that the bus wakes us for nothing else.
void UnitWatcher::watchPath(const QString &unit, Entry &entry)
{
    const QString path = QString::fromUtf8(entry.path);
    const QString changed = u"type='signal',sender='org.freedesktop.systemd1',path='"_s + path
        + u"',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'"_s;
    entry.changed = m_bus.addMatch(changed, [this, unit](sd_bus_message *message) { onChanged(unit, message); });
    // UnitNew needs no match: whatever starts a unit also changes its properties. Reading at UnitNew would load the
    // unit, which systemd drops again at once, which is told as UnitRemoved and UnitNew, and so on without end.
    const QString removed = managerSignal(u"UnitRemoved"_s) + u",arg1path='"_s + path + u"'"_s;
    entry.removed = m_bus.addMatch(removed, [this, unit](sd_bus_message *) { onRemoved(unit); });
}

// A unit whose requirement failed stays "inactive" with Result "success": only its job tells that it should run.
void UnitWatcher::onJobRemoved(sd_bus_message *message)
{
    unsigned id = 0;
    const char *path = nullptr, *name = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", &id, &path, &name, &result) < 0)
        return;
    const QString unit = QString::fromUtf8(name);
    const auto it = m_entries.find(unit);
    if (it == m_entries.end() || !it->second.known)
        return;
    const bool lacks = QLatin1StringView(result) == "dependency"_L1;
    if (std::exchange(it->second.lacksDependency, lacks) != lacks)
        report(unit);
}

void UnitWatcher::readAll(const QString &unit)
{
    // The empty interface means all: Unit and Service (or Socket, Timer, ...) as one consistent picture.
    m_bus.call(m_entries[unit].path, kProperties, "GetAll", {""},
               [this, unit](sd_bus_message *answer) { onAllRead(unit, answer); });
}

void UnitWatcher::onAllRead(const QString &unit, sd_bus_message *answer)
{
    const auto it = m_entries.find(unit);
    if (it == m_entries.end())
        return;
    if (const QString error = busError(answer); !error.isEmpty())
        return reportUnloadable(unit, error);
    UnitState state = it->second.current;
    const UnitPropertiesRead read = readProperties(answer, state);
    if (!read.ok)
        return reportUnloadable(unit, u"systemd's answer could not be read"_s);
    it->second.restartsItself = !read.restart.isEmpty() && read.restart != "no"_L1;
    it->second.current = state;
    it->second.known = true;
    report(unit);
}

void UnitWatcher::onChanged(const QString &unit, sd_bus_message *message)
{
    const auto it = m_entries.find(unit);
    if (it == m_entries.end())
        return;
    Entry &entry = it->second;
    const QString before = entry.current.activeState;
    const UnitPropertiesRead read = readPropertiesChanged(message, entry.current);
    if (!read.ok || !entry.known)
        return; // before the first whole picture there is nothing to compare with; it is on its way
    // The file behind a unit that had none: LoadState is never sent as a change.
    const bool appeared = read.unitInterface && entry.current.loadState != "loaded"_L1 && entry.current.activeState != before;
    if (read.invalidated || appeared)
        readAll(unit);
    if (read.unitInterface) {
        // With Restart=, "failed" and "inactive" may last for microseconds only. systemd answers after the whole turn,
        // so asking tells whether the unit stays there; acting on the signal would add a restart to systemd's own.
        const bool atRest = entry.current.activeState == "failed"_L1 || entry.current.activeState == "inactive"_L1;
        if (entry.restartsItself && atRest && entry.current.activeState != before) {
            m_pending.remove(unit);
            return readAll(unit);
        }
        if (entry.current.activeState != before && entry.current.controlGroup.isEmpty())
            learnControlGroup(unit);
        return report(unit);
    }
    // systemd sends the service's half first; the event waits for the other one, which holds ActiveState.
    if (read.outcome) {
        m_pending.insert(unit);
        m_pendingTimer.start();
    }
}

void UnitWatcher::onRemoved(const QString &unit)
{
    const auto it = m_entries.find(unit);
    // A reload drops and rebuilds every unit, running or not: that says nothing about them.
    if (it == m_entries.end() || !it->second.known || m_reloading)
        return;
    // systemd drops only what is at rest. What happened before stays known: it is still true.
    UnitState &state = it->second.current;
    state.mainPid = 0;
    state.restarts = 0;
    if (state.activeState != "inactive"_L1) {
        state.activeState = u"inactive"_s;
        state.subState = u"dead"_s;
        state.result = u"success"_s;
    }
    report(unit);
}

void UnitWatcher::reportUnloadable(const QString &unit, const QString &why)
{
    Entry &entry = m_entries[unit];
    entry.known = true;
    entry.current.loadState = u"error"_s;
    entry.current.activeState = u"inactive"_s;
    report(unit, why);
}

void UnitWatcher::report(const QString &unit, const QString &text)
{
    m_pending.remove(unit);
    Entry &entry = m_entries[unit];
    entry.current.unit = unit;
    entry.current.userBus = m_userBus;
    if (entry.current.invocationId != entry.reported.invocationId)
        entry.restartsAtStart = entry.current.restarts;
    if (entry.current.activeState != "inactive"_L1)
        entry.lacksDependency = false;
    if (entry.lacksDependency)
        entry.current.result = u"dependency"_s;
    else if (entry.current.result == "dependency"_L1)
        entry.current.result = u"success"_s;
    entry.current.startLimitHit = startLimitHit(entry.current, entry.restartsAtStart);
    if (entry.current == entry.reported)
        return;
    const Now now = m_clock->now();
    RawEvent event;
    event.kind = RawEventKind::UnitChanged;
    event.component = entry.service;
    event.previousUnit = std::exchange(entry.reported, entry.current);
    event.unit = entry.current;
    event.text = text;
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    Q_EMIT eventReady(event); // last: a receiver may change the units
}

void UnitWatcher::reportPending()
{
    const QSet<QString> units = std::exchange(m_pending, {});
    for (const QString &unit : units) {
        if (m_entries.contains(unit))
            report(unit);
    }
}

// ControlGroup is never sent as a change. Learnt quietly: it is no news about the unit's health.
void UnitWatcher::learnControlGroup(const QString &unit)
{
    const auto learnt = [this, unit](sd_bus_message *answer) {
        const QString group = readText(answer);
        const auto it = m_entries.find(unit);
        if (it == m_entries.end() || group.isEmpty())
            return;
        it->second.current.controlGroup = group;
        it->second.reported.controlGroup = group;
    };
    m_bus.call(m_entries[unit].path, kProperties, "Get", {"org.freedesktop.systemd1.Service", "ControlGroup"}, learnt);
}

void UnitWatcher::sampleResources()
{
    QList<UnitSampler::Target> targets;
    for (const auto &[unit, entry] : m_entries) {
        if (entry.known && !entry.path.isEmpty() && entry.current.mainPid != 0)
            targets.append({entry.service, entry.path, entry.current.invocationId});
    }
    if (m_connected && !targets.isEmpty())
        m_sampler->sample(m_bus, targets, [this](const QList<Sample> &samples) { Q_EMIT samplesReady(samples); });
}

} // namespace prunella
