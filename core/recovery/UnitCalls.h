#pragma once
#include "core/recovery/RecoveryAction.h"
#include "core/recovery/UnitBus.h"

#include <QList>
#include <QStringList>

namespace prunella {

/// Questions and calls to one systemd, for one action or look: blocking, bounded by a time and a token. Errors are
/// verdicts: NotAuthorised (polkit said no), Unavailable (no bus), Timeout, NotFound (no such unit), Io (systemd's words).
class UnitCalls
{
public:
    /// `interactive`: a person clicked, polkit may ask for authorisation
    [[nodiscard]] static Result<std::unique_ptr<UnitCalls>> open(bool userBus, const CancelToken &token, qint64 timeoutMs, bool interactive = false);

    /// Load state, active state and object of a unit. A unit that is not there, masked or broken is an error.
    [[nodiscard]] Result<UnitRow> unit(const QString &name);
    /// A property of type t, u or b, of the unit's type interface (Service, …) or of Unit.
    [[nodiscard]] Result<quint64> number(const QString &name, const UnitRow &row, const char *property);
    [[nodiscard]] Result<QString> text(const QString &name, const UnitRow &row, const char *property);
    [[nodiscard]] Result<QStringList> texts(const UnitRow &row, const char *property); ///< of Unit, type as
    [[nodiscard]] Result<quint64> managerNumber(const char *property);
    [[nodiscard]] Result<UnitFacts> facts(const QString &name, const UnitRow &row);

    struct Value { QByteArray property; quint64 value = 0; };
    [[nodiscard]] Status setProperties(const QString &name, bool runtime, const QList<Value> &values);
    [[nodiscard]] Status reloadManager();
    /// Loaded units whose name fits a glob, with their active state.
    struct Found { QString name, activeState; };
    [[nodiscard]] Result<QList<Found>> like(const QString &pattern);
    /// StartUnit or StopUnit with mode replace; waits until its job is over; the job's result, empty when it was not heard.
    [[nodiscard]] Result<QString> job(const char *method, const QString &name);

private:
    UnitCalls(std::unique_ptr<BusConnection> bus, const BusLimit &limit, bool interactive);
    [[nodiscard]] Result<std::unique_ptr<BusCall>> ask(BusMessage message, const QString &unit);
    [[nodiscard]] Result<std::unique_ptr<BusCall>> get(const QByteArray &path, const QByteArray &interface, const char *property);
    [[nodiscard]] static Error errorOf(const BusCall &call, const QString &unit);
    [[nodiscard]] static Error errorOf(BusWait wait);

    std::unique_ptr<BusConnection> m_bus;
    const BusLimit m_limit;
    const bool m_interactive;
};

/// The result for an action that ended in an error; cancelled when the token says so.
[[nodiscard]] ActionResult endedBy(const Error &error, const ActionRequest &request, const CancelToken &token);

} // namespace prunella
