#include "core/recovery/SystemdRestart.h"

#include "core/base/Failpoint.h"
#include "core/recovery/RestartVerdict.h"
#include "core/recovery/UnitBus.h"

#include <QMap>

#include <systemd/sd-bus.h>

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

const char *methodOf(UnitCall what)
{
    switch (what) {
    case UnitCall::Reload:
        return "ReloadUnit";
    case UnitCall::Stop:
        return "StopUnit";
    case UnitCall::Restart:
        break;
    }
    return "RestartUnit";
}

/// The call as an operator is shown it.
QString callText(const QString &unit, UnitCall what)
{
    return QStringLiteral("org.freedesktop.systemd1.Manager.") + QLatin1String(methodOf(what)) + QStringLiteral("(\"") + unit
        + QStringLiteral("\", \"replace\")");
}

/// One call over one connection; lives for one run().
class UnitRestart
{
public:
    UnitRestart(BusConnection &bus, const ActionRequest &request, const CancelToken &token, UnitCall what)
        : m_bus(bus), m_request(request), m_limit{token, Time::now() + milliseconds(request.timeoutMs)}, m_what(what)
    {
    }
    ActionResult run();

private:
    std::optional<ActionResult> askState();
    std::optional<ActionResult> resetStartLimit();
    std::optional<ActionResult> sendCall();
    std::optional<ActionResult> waitForJob();
    ActionResult readResult();
    bool jobGone();
    ActionResult judgeError(const BusCall &call) const;
    ActionResult endedEarly(BusWait wait) const;
    static int onJobRemoved(sd_bus_message *message, void *userdata, sd_bus_error *);

    BusConnection &m_bus;
    const ActionRequest &m_request;
    BusLimit m_limit;
    UnitCall m_what;
    QByteArray m_unitPath;
    QByteArray m_job;                    ///< path of our job
    bool m_sent = false;
    QMap<QByteArray, QString> m_removed; ///< every job that ended meanwhile, and its result
};

ActionResult UnitRestart::run()
{
    if (auto refused = askState())
        return *refused;
    // Neither the match nor its removal is waited for: the bus handles our messages in order.
    sd_bus_slot *slot = nullptr;
    sd_bus_match_signal_async(m_bus.bus(), &slot, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                              "org.freedesktop.systemd1.Manager", "JobRemoved", onJobRemoved, nullptr, this);
    const BusSlot match(slot);
    if (auto ended = m_request.resetStartLimit ? resetStartLimit() : std::nullopt)
        return *ended;
    if (auto ended = sendCall())
        return *ended;
    if (auto ended = waitForJob())
        return *ended;
    failpoint("job_done");
    return readResult();
}

std::optional<ActionResult> UnitRestart::askState()
{
    const auto call = m_bus.send(listUnitMessage(m_bus, m_request.unit), 25'000);
    if (const BusWait wait = m_bus.runUntil([&] { return call->answered(); }, m_limit); wait != BusWait::Done)
        return endedEarly(wait);
    if (!call->ok())
        return judgeError(*call);
    const Result<UnitRow> row = readUnitRow(*call, m_request.unit);
    if (!row)
        return failed(m_request, FailureKind::Failed, row.error().message);
    m_unitPath = row->path;
    const bool runs = row->activeState != QLatin1String("inactive") && row->activeState != QLatin1String("failed");
    auto refused = refusalBeforeCall(m_request, *row);
    if (!refused && !runs && m_what == UnitCall::Stop)
        return completed(m_request, m_request.unit + QStringLiteral(" does not run: ") + row->activeState + u'/' + row->subState);
    if (!runs && m_what == UnitCall::Reload)
        m_what = UnitCall::Restart; // what does not run cannot reload; it starts with the new configuration
    return refused;
}

std::optional<ActionResult> UnitRestart::resetStartLimit()
{
    BusMessage message = m_bus.managerCall("ResetFailedUnit");
    if (message) {
        sd_bus_message_append(message.get(), "s", m_request.unit.toUtf8().constData());
        sd_bus_message_set_allow_interactive_authorization(message.get(), m_request.interactive ? 1 : 0);
    }
    const auto call = m_bus.send(std::move(message), m_request.timeoutMs);
    if (const BusWait wait = m_bus.runUntil([&] { return call->answered(); }, m_limit); wait != BusWait::Done)
        return endedEarly(wait);
    return call->ok() ? std::nullopt : std::optional(judgeError(*call));
}

std::optional<ActionResult> UnitRestart::sendCall()
{
    BusMessage message = m_bus.managerCall(methodOf(m_what));
    if (message) {
        sd_bus_message_append(message.get(), "ss", m_request.unit.toUtf8().constData(), "replace");
        // Only a click may open polkit's dialog; an automatic action never does.
        sd_bus_message_set_allow_interactive_authorization(message.get(), m_request.interactive ? 1 : 0);
    }
    const auto call = m_bus.send(std::move(message), m_request.timeoutMs);
    sd_bus_flush(m_bus.bus());
    m_sent = true;
    failpoint("call_sent");
    if (const BusWait wait = m_bus.runUntil([&] { return call->answered(); }, m_limit); wait != BusWait::Done)
        return endedEarly(wait);
    if (!call->ok())
        return judgeError(*call);
    const char *path = nullptr;
    if (sd_bus_message_read(call->reply.get(), "o", &path) < 0)
        return failed(m_request, FailureKind::Failed, QStringLiteral("systemd's answer cannot be read"));
    m_job = path;
    return std::nullopt;
}

std::optional<ActionResult> UnitRestart::waitForJob()
{
    while (true) {
        // A systemd that re-executes itself meanwhile may lose the signal, so every two seconds ask for the job.
        const BusLimit slice{m_limit.token, std::min(m_limit.deadline, Time::now() + milliseconds(2000))};
        const BusWait wait = m_bus.runUntil([this] { return m_removed.contains(m_job); }, slice);
        if (wait == BusWait::Done)
            return std::nullopt;
        if (wait != BusWait::Timeout || Time::now() >= m_limit.deadline)
            return endedEarly(wait);
        if (jobGone())
            return std::nullopt;
    }
}

bool UnitRestart::jobGone()
{
    const auto call = m_bus.send(listUnitMessage(m_bus, m_request.unit), 25'000);
    if (m_bus.runUntil([&] { return call->answered(); }, m_limit) != BusWait::Done)
        return false;
    const Result<UnitRow> row = readUnitRow(*call, m_request.unit);
    return row && row->jobId == 0;
}

ActionResult UnitRestart::readResult()
{
    UnitFacts facts;
    while (true) {
        if (const BusWait wait = readUnitFacts(m_bus, m_request.unit, m_unitPath, m_limit, &facts); wait != BusWait::Done)
            return endedEarly(wait);
        if (m_what == UnitCall::Stop)
            return judgeStop(m_request, m_removed.value(m_job), facts);
        if (!stillStarting(facts))
            return (m_what == UnitCall::Reload ? judgeReload : judgeRestart)(m_request, m_removed.value(m_job), facts);
        // Rare (another start began right after ours), so looking again after a while is enough.
        if (m_limit.token.wait(milliseconds(50)))
            return endedEarly(BusWait::Cancelled);
        if (Time::now() >= m_limit.deadline)
            return endedEarly(BusWait::Timeout);
    }
}

ActionResult UnitRestart::judgeError(const BusCall &call) const
{
    // sd-bus answers the calls under way itself when the connection ends.
    if (sd_bus_is_open(m_bus.bus()) <= 0)
        return endedEarly(BusWait::Broken);
    ActionResult result = judgeCallError(m_request, call.errorName, call.errorText);
    if (m_sent && result.failure == FailureKind::Timeout)
        result.status = ActionStatus::Unknown; // systemd went away with our call in its hands
    return result;
}

ActionResult UnitRestart::endedEarly(BusWait wait) const
{
    const QString goesOn = m_sent ? QStringLiteral("; systemd's job goes on without us") : QString();
    switch (wait) {
    case BusWait::Cancelled:
        return cancelled(m_request, QStringLiteral("stopped waiting for the restart of ") + m_request.unit + goesOn);
    case BusWait::Timeout:
        return failed(m_request, FailureKind::Timeout, QStringLiteral("the restart of ") + m_request.unit + QStringLiteral(" was not over after ")
                          + QString::number(m_request.timeoutMs / 1000.0) + QStringLiteral(" s") + goesOn);
    default:
        break;
    }
    ActionResult lost = failed(m_request, FailureKind::NoBus, QStringLiteral("the connection to the bus was lost") + goesOn);
    if (m_sent)
        lost.status = ActionStatus::Unknown; // it may have worked: only looking at the unit tells
    return lost;
}

int UnitRestart::onJobRemoved(sd_bus_message *message, void *userdata, sd_bus_error *)
{
    const char *path = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", nullptr, &path, nullptr, &result) >= 0)
        static_cast<UnitRestart *>(userdata)->m_removed.insert(path, QString::fromUtf8(result));
    return 0;
}

} // namespace

SystemdRestart::SystemdRestart(bool userBus) : m_userBus(userBus) {}

SystemdRestart::~SystemdRestart() = default;

Result<std::unique_ptr<BusConnection>> SystemdRestart::lease()
{
    while (auto idle = m_idle.waitOne(milliseconds(0)))
        if ((*idle)->alive())
            return std::move(*idle);
    return BusConnection::open(m_userBus);
}

void SystemdRestart::giveBack(std::unique_ptr<BusConnection> connection)
{
    if (connection->alive())
        m_idle.post(std::move(connection));
}

Status SystemdRestart::prepare()
{
    auto connection = lease();
    if (!connection)
        return tl::unexpected(connection.error());
    const CancelToken token;
    const auto call = (*connection)->send((*connection)->call("/", "org.freedesktop.DBus.Peer", "Ping"), 5000);
    const BusWait wait = (*connection)->runUntil([&] { return call->answered(); }, {token, Time::now() + milliseconds(5000)});
    if (wait != BusWait::Done || !call->ok())
        return failure(ErrorCode::Unavailable, QStringLiteral("systemd is not on the bus: ") + call->errorText);
    giveBack(std::move(*connection));
    return {};
}

ActionResult SystemdRestart::runJob(const ActionRequest &request, CancelToken &token, UnitCall what)
{
    auto connection = lease();
    if (!connection)
        return failed(request, FailureKind::NoBus, connection.error().message);
    ActionResult result = UnitRestart(**connection, request, token, what).run();
    giveBack(std::move(*connection));
    return result;
}

ActionResult SystemdRestart::run(const ActionRequest &request, CancelToken &token)
{
    return runJob(request, token, UnitCall::Restart);
}

ActionResult SystemdRestart::reload(const ActionRequest &request, CancelToken &token)
{
    ActionRequest asked = request;
    asked.invocationBefore.clear(); // a reload keeps the invocation
    return runJob(asked, token, UnitCall::Reload);
}

ActionResult SystemdRestart::stop(const ActionRequest &request, CancelToken &token)
{
    ActionRequest asked = request;
    asked.resetStartLimit = false; // that is for the start
    return runJob(asked, token, UnitCall::Stop);
}

ActionResult SystemdRestart::reloadManager(const ActionRequest &request, CancelToken &token)
{
    auto connection = lease();
    if (!connection)
        return failed(request, FailureKind::NoBus, connection.error().message);
    BusMessage message = (*connection)->managerCall("Reload");
    if (message)
        sd_bus_message_set_allow_interactive_authorization(message.get(), request.interactive ? 1 : 0);
    const auto call = (*connection)->send(std::move(message), request.timeoutMs);
    const BusWait wait = (*connection)->runUntil([&] { return call->answered(); }, {token, Time::now() + milliseconds(request.timeoutMs)});
    if (wait == BusWait::Cancelled)
        return cancelled(request, QStringLiteral("stopped waiting for systemd to read its files again"));
    if (wait != BusWait::Done)
        return failed(request, FailureKind::Timeout, QStringLiteral("systemd did not answer that it has read its files again"));
    if (!call->ok())
        return judgeCallError(request, call->errorName, call->errorText);
    giveBack(std::move(*connection));
    return completed(request, QStringLiteral("systemd has read its files again"));
}

Result<QString> describeRestart(const ActionRequest &request, UnitCall what)
{
    if (request.manager != Manager::Systemd && request.manager != Manager::SystemdUser)
        return failure(ErrorCode::Invalid, request.target + QStringLiteral(" is not managed by systemd"));
    const QString bus = request.manager == Manager::SystemdUser ? QStringLiteral(" on the user bus") : QStringLiteral(" on the system bus");
    const QString first = request.resetStartLimit ? QStringLiteral("ResetFailedUnit(\"") + request.unit + QStringLiteral("\"), then ") : QString();
    const QString otherwise = what == UnitCall::Reload ? QStringLiteral(", or RestartUnit should it not run by then") : QString();
    return first + callText(request.unit, what) + bus + otherwise;
}

Result<bool> unitHasQueuedJob(const QString &unit, bool userBus)
{
    const auto connection = BusConnection::open(userBus);
    if (!connection)
        return tl::unexpected(connection.error());
    const CancelToken token;
    const auto call = (*connection)->send(listUnitMessage(**connection, unit), 5000);
    const BusWait wait = (*connection)->runUntil([&] { return call->answered(); }, {token, Time::now() + milliseconds(5000)});
    if (wait != BusWait::Done || !call->ok())
        return failure(ErrorCode::Unavailable, QStringLiteral("systemd does not answer: ") + call->errorText);
    const Result<UnitRow> row = readUnitRow(*call, unit);
    if (!row)
        return tl::unexpected(row.error());
    return row->jobId != 0;
}

} // namespace prunella
