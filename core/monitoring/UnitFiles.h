#pragma once
// Which files systemd reads a unit from, told by systemd itself over D-Bus; asked again after each daemon-reload. Lives in
// the engine thread and never blocks.
#include "core/monitoring/ChangePaths.h"
#include "core/monitoring/SystemdBus.h"

#include <map>

namespace prunella {

class UnitFiles final : public QObject
{
    Q_OBJECT
public:
    explicit UnitFiles(bool userBus, QObject *parent = nullptr);

    void setUnits(const QStringList &units);
    void start();
    void stop();
    void setRetryInterval(int ms) { m_retry.setInterval(ms); } ///< 30 s unless told otherwise

Q_SIGNALS:
    /// Only when it is other than before.
    void told(const QString &unit, const prunella::UnitFileFacts &facts);

private:
    void connectBus();
    void subscribe();
    void readAll();
    void read(const QString &unit);
    void onRead(const QString &unit, sd_bus_message *answer);

    SystemdBus m_bus;
    std::vector<SystemdBus::Match> m_matches;
    std::map<QString, std::optional<UnitFileFacts>> m_units;
    QTimer m_retry;
    bool m_started = false;
};

/// Reads the a{sv} in the answer of GetAll; false: it has another form.
[[nodiscard]] bool readUnitFiles(sd_bus_message *answer, UnitFileFacts &facts);

} // namespace prunella
