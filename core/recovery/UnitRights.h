#pragma once
#include "core/model/Rights.h"
#include "core/recovery/BusConnection.h"

#include <QHash>

namespace prunella {

/// Whether systemd would let us change units: asked of systemd and of polkit themselves, without changing anything and
/// without anybody being asked. Blocks, at most 5 s a question: for a pool thread. One object for many questions; it keeps
/// its connections, and an answer as long as it lives.
class UnitRights
{
public:
    /// Starting, stopping, restarting it and setting its properties. Asked by setting no property of it at all: systemd
    /// asks polkit about this unit as it would for a restart (only the verb is another one).
    [[nodiscard]] Right changeUnit(const QString &unit, bool userBus);
    /// Making systemd read its unit files again.
    [[nodiscard]] Right reloadManager(bool userBus);

private:
    struct Answer { BusWait wait = BusWait::Done; QString errorName, errorText; std::unique_ptr<BusCall> call; };

    [[nodiscard]] Result<BusConnection *> connection(bool userBus);
    [[nodiscard]] Answer ask(BusConnection &bus, BusMessage message) const;
    [[nodiscard]] Right askUnit(const QString &unit, bool userBus);
    [[nodiscard]] Right polkit(BusConnection &bus, const char *action, const QString &what) const;

    std::unique_ptr<BusConnection> m_system, m_user;
    QHash<QString, Right> m_known;  ///< by bus and unit
};

} // namespace prunella
