#pragma once
// Systemd units, told by systemd itself over D-Bus: no polling. Lives in the engine thread and never blocks.
#include "core/base/Clock.h"
#include "core/model/Events.h"
#include "core/monitoring/SystemdBus.h"

#include <QSet>
#include <map>

namespace prunella {

class UnitSampler;

class UnitWatcher : public QObject
{
    Q_OBJECT
public:
    UnitWatcher(bool userBus, std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~UnitWatcher() override;

    /// Unit name to the service it belongs to. May be called at any time; units that stay keep their state.
    void setUnits(const QMap<QString, QString> &serviceByUnit);
    void start();
    void stop();
    /// Asks for memory, CPU and tasks of each unit that runs; the answers come together through samplesReady.
    void sampleResources();
    /// Units that systemd has told about, sorted by name.
    [[nodiscard]] QList<UnitState> states() const;
    [[nodiscard]] bool isConnected() const { return m_connected; }
    void setRetryInterval(int ms) { m_retry.setInterval(ms); } ///< 5 s unless told otherwise

Q_SIGNALS:
    void eventReady(const prunella::RawEvent &event);
    void samplesReady(const QList<prunella::Sample> &samples);

private:
    struct Entry {
        QString service;
        QByteArray path = {};
        UnitState current = {};  ///< as the last message said
        UnitState reported = {}; ///< as the last event said; empty activeState before the first
        bool restartsItself = false; ///< Restart= is set: systemd passes through "failed" and "inactive" on its way up
        quint32 restartsAtStart = 0; ///< NRestarts when the current invocation began
        bool lacksDependency = false; ///< its last start job ended with "dependency"; the unit's own Result never says so
        bool known = false;      ///< read in whole at least once since connecting
        SystemdBus::Match changed = {}, removed = {};
    };

    void connectBus();
    void subscribe();
    void onSubscribed(sd_bus_message *answer);
    void onOwnerChanged(sd_bus_message *message);
    void onReloading(sd_bus_message *message);
    void lose(const QString &why);
    void load(const QString &unit);
    void onLoaded(const QString &unit, sd_bus_message *answer);
    void watchPath(const QString &unit, Entry &entry);
    void readAll(const QString &unit);
    void onAllRead(const QString &unit, sd_bus_message *answer);
    void onChanged(const QString &unit, sd_bus_message *message);
    void onRemoved(const QString &unit);
    void onJobRemoved(sd_bus_message *message);
    void reportUnloadable(const QString &unit, const QString &why);
    void report(const QString &unit, const QString &text = {});
    void learnControlGroup(const QString &unit);
    void reportPending();
    void emitSource(RawEventKind kind, const QString &text);

    bool m_userBus;
    std::shared_ptr<const Clock> m_clock;
    std::map<QString, Entry> m_entries;
    SystemdBus m_bus;
    std::vector<SystemdBus::Match> m_matches;
    std::unique_ptr<UnitSampler> m_sampler;
    QTimer m_retry, m_pendingTimer;
    QSet<QString> m_pending; ///< units whose Result or NRestarts changed while the Unit message is still to come
    bool m_started = false, m_connected = false, m_lostTold = false, m_reloading = false;
};

} // namespace prunella
