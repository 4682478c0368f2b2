#include "core/recovery/WorkInProgress.h"

#include "core/recovery/UnitBus.h"

#include <systemd/sd-bus.h>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
constexpr int answerMs = 1000;

struct UnitJob { quint32 id = 0; QString type, state; };

/// All processes of the unit's control groups, whatever version of them the host has; systemd lets everybody ask.
QList<qint64> readProcesses(BusCall &call)
{
    QList<qint64> pids;
    if (!call.ok() || sd_bus_message_enter_container(call.reply.get(), 'a', "(sus)") < 0)
        return pids; // not loaded: it has none
    quint32 pid = 0;
    while (sd_bus_message_read(call.reply.get(), "(sus)", nullptr, &pid, nullptr) > 0)
        pids.append(pid);
    return pids;
}

UnitJob readJob(BusCall &call, quint32 wanted)
{
    if (!call.ok() || sd_bus_message_enter_container(call.reply.get(), 'a', "(usssoo)") < 0)
        return {};
    quint32 id = 0;
    const char *type = nullptr, *state = nullptr;
    while (sd_bus_message_read(call.reply.get(), "(usssoo)", &id, nullptr, &type, &state, nullptr, nullptr) > 0) {
        if (id == wanted)
            return {id, QString::fromUtf8(type), QString::fromUtf8(state)};
    }
    return {};
}

/// How often systemd has started it again by itself since a start that was asked for; 0 for what is no service.
quint32 readRestarts(const BusCall &call)
{
    quint32 count = 0;
    return call.ok() && sd_bus_message_read(call.reply.get(), "v", "u", &count) >= 0 ? count : 0;
}

/// One look over one connection.
class UnitLook
{
public:
    UnitLook(BusConnection &bus, const QString &unit) : m_bus(bus), m_unit(unit) {}
    [[nodiscard]] QString jobWork(const UnitRow &row);
    /// False: no answer.
    [[nodiscard]] bool ask(UnitRow *row, QList<qint64> *pids);

private:
    [[nodiscard]] bool wait(const std::function<bool()> &done) { return m_bus.runUntil(done, m_limit) == BusWait::Done; }

    BusConnection &m_bus;
    const QString &m_unit;
    const CancelToken m_token;
    const BusLimit m_limit{m_token, Time::now() + std::chrono::milliseconds(answerMs)};
};

/// Both questions are sent before the first answer is awaited: one round trip.
bool UnitLook::ask(UnitRow *row, QList<qint64> *pids)
{
    const auto state = m_bus.send(listUnitMessage(m_bus, m_unit), answerMs);
    BusMessage message = m_bus.managerCall("GetUnitProcesses");
    if (message)
        sd_bus_message_append(message.get(), "s", m_unit.toUtf8().constData());
    const auto processes = m_bus.send(std::move(message), answerMs);
    if (!wait([&] { return state->answered() && processes->answered(); }))
        return false;
    const Result<UnitRow> read = readUnitRow(*state, m_unit);
    if (!read)
        return false;
    *row = *read;
    *pids = readProcesses(*processes);
    return true;
}

QString UnitLook::jobWork(const UnitRow &row)
{
    if (row.jobId == 0) // while systemd waits for its own restart there is none either
        return {};
    const auto jobs = m_bus.send(m_bus.managerCall("ListJobs"), answerMs);
    BusMessage message = m_bus.call(row.path.constData(), "org.freedesktop.DBus.Properties", "Get");
    if (message)
        sd_bus_message_append(message.get(), "ss", "org.freedesktop.systemd1.Service", "NRestarts");
    const auto restarts = m_bus.send(std::move(message), answerMs);
    if (!wait([&] { return jobs->answered() && restarts->answered(); }))
        return {};
    const UnitJob job = readJob(*jobs, row.jobId);
    // systemd counts from 0 again when somebody else starts it, so above 0 this start is its own.
    if (job.id == 0 || (row.activeState == QLatin1String("activating") && readRestarts(*restarts) > 0))
        return {};
    return QStringLiteral("systemd works on %1 for somebody else: job %2 (%3, %4)").arg(m_unit).arg(job.id).arg(job.type, job.state);
}

} // namespace

QString WorkInProgress::unitWork(BusPool &pool, const QString &unit) const
{
    auto connection = pool.lease();
    if (!connection)
        return {};
    UnitLook look(**connection, unit);
    UnitRow row;
    QList<qint64> pids;
    if (!look.ask(&row, &pids))
        return {};
    QString text = look.jobWork(row);
    pool.giveBack(std::move(*connection));
    return text.isEmpty() ? processWork(m_places, unit, pids) : text;
}

std::optional<RecoveryDecision> WorkInProgress::look(const ServiceConfig &service)
{
    const bool userBus = service.manager == Manager::SystemdUser;
    if ((!userBus && service.manager != Manager::Systemd) || service.unit.isEmpty())
        return std::nullopt;
    QString text = unitWork(userBus ? m_user : m_system, service.unit);
    if (text.isEmpty())
        text = packageWork(m_places);
    if (text.isEmpty())
        return std::nullopt;
    return RecoveryDecision{Decision::Wait, Reason::ChangedByOthers, text, 0};
}

RecoveryDecision withPatience(RecoveryDecision found, qint64 waitedMs)
{
    if (found.decision == Decision::Wait && waitedMs >= longestWorkMs) {
        found.decision = Decision::Ask;
        found.detail += QStringLiteral("; after ten minutes of waiting a person decides");
        found.retryAtMonotonicMs = 0;
    }
    return found;
}

} // namespace prunella
