#pragma once
// Keeps the graph of what depends on what: looks at the machine now and then, off the engine thread, in which it lives itself.
#include "core/base/Clock.h"
#include "core/base/Mailbox.h"
#include "core/engine/TopologyMerge.h"
#include "core/model/Events.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <memory>

namespace prunella {

class TopologyKeeper final : public QObject
{
    Q_OBJECT
public:
    using Look = std::function<SeenTopology(const TopologyRequest &)>; ///< called in a pool thread
    struct Times {
        int firstMs = 2000;    ///< from start() to the first look, and from a change to the next
        int everyMs = 60'000;
        int restMs = 10'000;   ///< at least so long from one look to the next, however often units change
        int writeMs = 600'000; ///< so often all edges are written with the time that they were last seen
    };

    explicit TopologyKeeper(std::shared_ptr<const Clock> clock, QObject *parent = nullptr) : TopologyKeeper(std::move(clock), parent, readTopology, {}) {}
    TopologyKeeper(std::shared_ptr<const Clock> clock, QObject *parent, Look look, Times times);
    ~TopologyKeeper() override;

    /// What an earlier engine left in the store; before start().
    void restore(const Topology &topology) { m_topology = topology; }
    void setServices(const QList<ServiceConfig> &services);
    /// A unit or process that changed may be connected to others now.
    void note(const RawEvent &event);
    void start();
    /// Tells the store when all edges were last seen, and looks no more.
    void stop();

    /// The newest graph; replaced as a whole, in the engine thread, before changed().
    [[nodiscard]] const Topology &topology() const { return m_topology; }
    /// What could not be seen, and circles among what was: for people.
    [[nodiscard]] const QStringList &notes() const { return m_notes; }

Q_SIGNALS:
    /// For the store. Emitted only where there is something to write.
    void changed(const prunella::TopologyDelta &delta);

private:
    void lookSoon(int ms);
    void look();
    void drain();
    void merge(const QList<TopologyEdge> &seen, bool writeAll);
    void takeNotes(const QStringList &notes);

    std::shared_ptr<const Clock> m_clock;
    Look m_look;
    Times m_times;
    std::shared_ptr<Mailbox<SeenTopology>> m_inbox;
    QTimer m_timer;
    QList<ServiceConfig> m_services;
    QMap<QString, qint64> m_mainPids;
    Topology m_topology;
    QStringList m_notes;
    qint64 m_lookedAt = 0, m_writtenAt = 0; ///< monotonic ms
    bool m_started = false, m_running = false, m_again = false;
};

} // namespace prunella
