#include "core/engine/TopologyKeeper.h"

#include "core/base/Logging.h"

#include <QCoreApplication>
#include <QThreadPool>

namespace prunella {

using namespace Qt::StringLiterals;

TopologyKeeper::TopologyKeeper(std::shared_ptr<const Clock> clock, QObject *parent, Look look, Times times)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_look(std::move(look))
    , m_times(times)
    , m_inbox(std::make_shared<Mailbox<SeenTopology>>([this] { QMetaObject::invokeMethod(this, &TopologyKeeper::drain, Qt::QueuedConnection); }))
    , m_timer(this)
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &TopologyKeeper::look);
}

TopologyKeeper::~TopologyKeeper()
{
    constexpr int lookMs = 5000; // a bus that does not answer is given up after a second
    if (m_running)
        QThreadPool::globalInstance()->waitForDone(lookMs); // it answers to this object
    m_inbox->close();
}

void TopologyKeeper::setServices(const QList<ServiceConfig> &services)
{
    m_services = services;
    if (!m_started)
        return;
    merge({}, false); // what is declared counts at once
    lookSoon(m_times.firstMs);
}

void TopologyKeeper::note(const RawEvent &event)
{
    if (event.kind == RawEventKind::ProcessChanged)
        m_mainPids.insert(event.component, event.process.running ? event.process.pid : 0);
    const bool otherRun = event.kind == RawEventKind::UnitChanged
        && (event.unit.mainPid != event.previousUnit.mainPid || event.unit.invocationId != event.previousUnit.invocationId);
    if (m_started && (event.kind == RawEventKind::ProcessChanged || otherRun))
        lookSoon(m_times.firstMs);
}

void TopologyKeeper::start()
{
    m_started = true;
    m_writtenAt = m_clock->now().monotonicMs;
    merge({}, false);
    m_timer.start(m_times.firstMs);
}

void TopologyKeeper::stop()
{
    m_timer.stop();
    if (std::exchange(m_started, false))
        merge({}, true);
}

/// The earliest of all that was asked for, but not before the rest is over.
void TopologyKeeper::lookSoon(int ms)
{
    if (m_running) {
        m_again = true;
        return;
    }
    const qint64 restLeft = m_lookedAt == 0 ? 0 : m_lookedAt + m_times.restMs - m_clock->now().monotonicMs;
    const int wait = int(std::clamp<qint64>(restLeft, ms, std::max(ms, m_times.restMs)));
    if (!m_timer.isActive() || m_timer.remainingTime() > wait)
        m_timer.start(wait);
}

void TopologyKeeper::look()
{
    if (!m_started || m_running)
        return;
    m_running = true;
    m_again = false;
    const TopologyRequest request{m_services, m_mainPids, QCoreApplication::applicationPid(), {}};
    QThreadPool::globalInstance()->start([inbox = m_inbox, look = m_look, request] { inbox->post(look(request)); });
}

void TopologyKeeper::drain()
{
    for (const SeenTopology &seen : m_inbox->takeAll()) {
        m_running = false;
        if (!m_started)
            continue;
        const Now now = m_clock->now();
        m_lookedAt = now.monotonicMs;
        const bool writeAll = now.monotonicMs - m_writtenAt >= m_times.writeMs;
        if (writeAll)
            m_writtenAt = now.monotonicMs;
        merge(seen.edges, writeAll);
        takeNotes(seen.notes);
        m_timer.start(m_times.everyMs);
        if (m_again)
            lookSoon(m_times.firstMs);
    }
}

void TopologyKeeper::merge(const QList<TopologyEdge> &seen, bool writeAll)
{
    MergedTopology merged = mergeTopology(m_topology, m_services, seen, m_clock->now().wallMs);
    m_topology = std::move(merged.topology);
    if (writeAll)
        merged.delta.seen = m_topology.edges;
    if (!merged.delta.isEmpty())
        Q_EMIT changed(merged.delta);
}

void TopologyKeeper::takeNotes(const QStringList &notes)
{
    QStringList all = notes;
    for (const QString &cycle : cyclesOf(m_topology))
        all.append(u"these depend on each other in a circle, as far as was seen: "_s + cycle);
    for (const QString &note : std::as_const(all)) {
        if (!m_notes.contains(note))
            qCInfo(lcEngine).noquote() << "topology:" << note;
    }
    m_notes = all;
}

} // namespace prunella
