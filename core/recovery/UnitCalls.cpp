#include "core/recovery/UnitCalls.h"

#include "core/recovery/RestartVerdict.h"

#include <QMap>

#include <systemd/sd-bus.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto unitInterface = "org.freedesktop.systemd1.Unit";
constexpr qint64 answerMs = 25'000;

/// Every job that ended meanwhile, and its result.
using EndedJobs = QMap<QByteArray, QString>;

int onJobRemoved(sd_bus_message *message, void *userdata, sd_bus_error *)
{
    const char *path = nullptr, *result = nullptr;
    if (sd_bus_message_read(message, "uoss", nullptr, &path, nullptr, &result) >= 0)
        static_cast<EndedJobs *>(userdata)->insert(path, QString::fromUtf8(result));
    return 0;
}

bool isOfUnit(QByteArrayView property)
{
    return property == "ActiveState" || property == "Transient" || property == "DropInPaths";
}

/// A variant that holds t, u or b.
std::optional<quint64> variantNumber(sd_bus_message *message)
{
    char type = 0;
    const char *contents = nullptr;
    if (sd_bus_message_peek_type(message, &type, &contents) < 0 || type != 'v')
        return {};
    std::uint64_t wide = 0;
    std::uint32_t narrow = 0;
    int yes = 0;
    if (contents[0] == 't' && sd_bus_message_read(message, "v", "t", &wide) > 0)
        return wide;
    if (contents[0] == 'u' && sd_bus_message_read(message, "v", "u", &narrow) > 0)
        return narrow;
    if (contents[0] == 'b' && sd_bus_message_read(message, "v", "b", &yes) > 0)
        return quint64(yes);
    return {};
}

} // namespace

UnitCalls::UnitCalls(std::unique_ptr<BusConnection> bus, const BusLimit &limit, bool interactive)
    : m_bus(std::move(bus)), m_limit(limit), m_interactive(interactive)
{
}

Result<std::unique_ptr<UnitCalls>> UnitCalls::open(bool userBus, const CancelToken &token, qint64 timeoutMs, bool interactive)
{
    auto bus = BusConnection::open(userBus);
    if (!bus)
        return tl::unexpected(bus.error());
    return std::unique_ptr<UnitCalls>(new UnitCalls(std::move(*bus), {token, Time::now() + milliseconds(timeoutMs)}, interactive));
}

Error UnitCalls::errorOf(BusWait wait)
{
    if (wait == BusWait::Broken)
        return {ErrorCode::Unavailable, u"the connection to the bus was lost"_s};
    if (wait == BusWait::Cancelled)
        return {ErrorCode::Busy, u"stopped waiting for systemd"_s};
    return {ErrorCode::Timeout, u"systemd did not answer in time"_s};
}

Error UnitCalls::errorOf(const BusCall &call, const QString &unit)
{
    ActionRequest asked;
    asked.unit = unit;
    const ActionResult judged = judgeCallError(asked, call.errorName, call.errorText);
    switch (judged.failure) {
    case FailureKind::NotAuthorised: {
        const bool reload = unit.isEmpty();
        const QString right = reload ? u"reload-daemon"_s : u"manage-units"_s;
        return {ErrorCode::NotAuthorised, u"%1: a polkit rule must allow org.freedesktop.systemd1.%2 to the user of the engine"_s
                                              .arg(reload ? u"not authorised by polkit to make systemd read its files again"_s : judged.output, right)};
    }
    case FailureKind::NoBus:
        return {ErrorCode::Unavailable, judged.output};
    case FailureKind::Timeout:
        return {ErrorCode::Timeout, judged.output};
    default:
        break;
    }
    const bool known = call.errorName.startsWith("org.freedesktop.systemd1."_L1) && !judged.output.contains("refused to restart"_L1);
    return {known ? ErrorCode::NotFound : ErrorCode::Io, known ? judged.output : u"systemd refused: "_s + call.errorText};
}

Result<std::unique_ptr<BusCall>> UnitCalls::ask(BusMessage message, const QString &unit)
{
    auto call = m_bus->send(std::move(message), answerMs);
    if (const BusWait wait = m_bus->runUntil([&] { return call->answered(); }, m_limit); wait != BusWait::Done)
        return tl::unexpected(errorOf(wait));
    if (!call->ok())
        return tl::unexpected(errorOf(*call, unit));
    return call;
}

Result<std::unique_ptr<BusCall>> UnitCalls::get(const QByteArray &path, const QByteArray &interface, const char *property)
{
    BusMessage message = m_bus->call(path.constData(), "org.freedesktop.DBus.Properties", "Get");
    if (message)
        sd_bus_message_append(message.get(), "ss", interface.constData(), property);
    return ask(std::move(message), {});
}

Result<UnitRow> UnitCalls::unit(const QString &name)
{
    auto call = ask(listUnitMessage(*m_bus, name), name);
    if (!call)
        return tl::unexpected(call.error());
    Result<UnitRow> row = readUnitRow(**call, name);
    if (!row)
        return row;
    UnitRow loaded = *row; // a queued job is no objection here
    loaded.jobId = 0;
    loaded.activeState = u"active"_s;
    ActionRequest asked;
    asked.unit = name;
    if (const auto refused = refusalBeforeCall(asked, loaded))
        return failure(ErrorCode::NotFound, refused->output);
    return row;
}

Result<quint64> UnitCalls::number(const QString &name, const UnitRow &row, const char *property)
{
    auto call = get(row.path, isOfUnit(property) ? QByteArray(unitInterface) : typeInterface(name), property);
    if (!call)
        return tl::unexpected(call.error());
    const auto value = variantNumber((*call)->reply.get());
    return value ? Result<quint64>(*value) : failure(ErrorCode::Io, u"systemd's answer about %1 of %2 cannot be read"_s.arg(QLatin1StringView(property), name));
}

Result<quint64> UnitCalls::managerNumber(const char *property)
{
    auto call = get("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", property);
    if (!call)
        return tl::unexpected(call.error());
    const auto value = variantNumber((*call)->reply.get());
    return value ? Result<quint64>(*value) : failure(ErrorCode::Io, u"systemd's answer about its %1 cannot be read"_s.arg(QLatin1StringView(property)));
}

Result<QString> UnitCalls::text(const QString &name, const UnitRow &row, const char *property)
{
    auto call = get(row.path, isOfUnit(property) ? QByteArray(unitInterface) : typeInterface(name), property);
    if (!call)
        return tl::unexpected(call.error());
    const char *text = nullptr;
    if (sd_bus_message_read((*call)->reply.get(), "v", "s", &text) < 0)
        return failure(ErrorCode::Io, u"systemd's answer about %1 of %2 cannot be read"_s.arg(QLatin1StringView(property), name));
    return QString::fromUtf8(text);
}

Result<QStringList> UnitCalls::texts(const UnitRow &row, const char *property)
{
    auto call = get(row.path, unitInterface, property);
    if (!call)
        return tl::unexpected(call.error());
    sd_bus_message *reply = (*call)->reply.get();
    QStringList list;
    const char *text = nullptr;
    if (sd_bus_message_enter_container(reply, 'v', "as") < 0 || sd_bus_message_enter_container(reply, 'a', "s") < 0)
        return failure(ErrorCode::Io, u"systemd's answer about %1 cannot be read"_s.arg(QLatin1StringView(property)));
    while (sd_bus_message_read(reply, "s", &text) > 0)
        list.append(QString::fromUtf8(text));
    return list;
}

Result<UnitFacts> UnitCalls::facts(const QString &name, const UnitRow &row)
{
    UnitFacts facts;
    if (const BusWait wait = readUnitFacts(*m_bus, name, row.path, m_limit, &facts); wait != BusWait::Done)
        return tl::unexpected(errorOf(wait));
    return facts;
}

Status UnitCalls::setProperties(const QString &name, bool runtime, const QList<Value> &values)
{
    BusMessage message = m_bus->managerCall("SetUnitProperties");
    if (message) {
        sd_bus_message_append(message.get(), "sb", name.toUtf8().constData(), runtime ? 1 : 0);
        sd_bus_message_open_container(message.get(), 'a', "(sv)");
        for (const Value &value : values)
            sd_bus_message_append(message.get(), "(sv)", value.property.constData(), "t", std::uint64_t(value.value));
        sd_bus_message_close_container(message.get());
        sd_bus_message_set_allow_interactive_authorization(message.get(), m_interactive ? 1 : 0);
    }
    const auto call = ask(std::move(message), name);
    return call ? Status() : tl::unexpected(call.error());
}

Status UnitCalls::reloadManager()
{
    BusMessage message = m_bus->managerCall("Reload");
    if (message)
        sd_bus_message_set_allow_interactive_authorization(message.get(), m_interactive ? 1 : 0);
    const auto call = ask(std::move(message), {});
    return call ? Status() : tl::unexpected(call.error());
}

Result<QList<UnitCalls::Found>> UnitCalls::like(const QString &pattern)
{
    BusMessage message = m_bus->managerCall("ListUnitsByPatterns");
    if (message)
        sd_bus_message_append(message.get(), "asas", 0, 1, pattern.toUtf8().constData());
    auto call = ask(std::move(message), pattern);
    if (!call)
        return tl::unexpected(call.error());
    sd_bus_message *reply = (*call)->reply.get();
    if (sd_bus_message_enter_container(reply, 'a', "(ssssssouso)") < 0)
        return failure(ErrorCode::Io, u"systemd's list of units cannot be read"_s);
    QList<Found> found;
    const char *name = nullptr, *active = nullptr;
    while (sd_bus_message_read(reply, "(ssssssouso)", &name, nullptr, nullptr, &active, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) > 0)
        found.append({QString::fromUtf8(name), QString::fromUtf8(active)});
    return found;
}

Result<QString> UnitCalls::job(const char *method, const QString &name)
{
    EndedJobs ended;
    sd_bus_slot *slot = nullptr;
    sd_bus_match_signal_async(m_bus->bus(), &slot, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
                              "org.freedesktop.systemd1.Manager", "JobRemoved", onJobRemoved, nullptr, &ended);
    const BusSlot match(slot);
    BusMessage message = m_bus->managerCall(method);
    if (message) {
        sd_bus_message_append(message.get(), "ss", name.toUtf8().constData(), "replace");
        sd_bus_message_set_allow_interactive_authorization(message.get(), m_interactive ? 1 : 0);
    }
    auto call = ask(std::move(message), name);
    if (!call)
        return tl::unexpected(call.error());
    const char *path = nullptr;
    if (sd_bus_message_read((*call)->reply.get(), "o", &path) < 0)
        return failure(ErrorCode::Io, u"systemd's answer cannot be read"_s);
    const QByteArray ours(path);
    while (true) { // a systemd that re-executes itself may lose the signal: ask for the job every two seconds
        const BusLimit slice{m_limit.token, std::min(m_limit.deadline, Time::now() + milliseconds(2000))};
        const BusWait wait = m_bus->runUntil([&] { return ended.contains(ours); }, slice);
        if (wait == BusWait::Done)
            return ended.value(ours);
        if (wait != BusWait::Timeout || Time::now() >= m_limit.deadline)
            return tl::unexpected(errorOf(wait));
        const Result<UnitRow> row = unit(name);
        if (row && row->jobId == 0)
            return QString();
    }
}

ActionResult endedBy(const Error &error, const ActionRequest &request, const CancelToken &token)
{
    if (token.isCancelled())
        return cancelled(request, error.message);
    switch (error.code) {
    case ErrorCode::NotAuthorised: return failed(request, FailureKind::NotAuthorised, error.message);
    case ErrorCode::Unavailable: return failed(request, FailureKind::NoBus, error.message);
    case ErrorCode::Timeout: return failed(request, FailureKind::Timeout, error.message);
    default: return failed(request, FailureKind::Failed, error.message);
    }
}

} // namespace prunella
