#include "core/recovery/UnitRights.h"

#include <systemd/sd-bus.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr auto patience = std::chrono::seconds(5); ///< polkit may have to be started first
constexpr auto manageUnits = "org.freedesktop.systemd1.manage-units";
constexpr auto reloadDaemon = "org.freedesktop.systemd1.reload-daemon";
const QString noSuchUnit = u"org.freedesktop.systemd1.NoSuchUnit"_s;
const QString accessDenied = u"org.freedesktop.DBus.Error.AccessDenied"_s;
const QString askPerson = u"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"_s;

QString advice(const char *action)
{
    return u"; allow it with a rule for %1 in /etc/polkit-1/rules.d, or run the engine as root"_s.arg(QString::fromLatin1(action));
}

Right needsPerson(const QString &what, const char *action)
{
    return {RightState::NeedsPerson, u"polkit lets us %1 only when somebody authorises it at that moment"_s.arg(what) + advice(action)};
}

} // namespace

Result<BusConnection *> UnitRights::connection(bool userBus)
{
    auto &kept = userBus ? m_user : m_system;
    if (!kept || !kept->alive()) {
        auto opened = BusConnection::open(userBus);
        if (!opened)
            return tl::unexpected(opened.error());
        kept = std::move(*opened);
    }
    return kept.get();
}

UnitRights::Answer UnitRights::ask(BusConnection &bus, BusMessage message) const
{
    Answer answer;
    const CancelToken token;
    answer.call = bus.send(std::move(message), std::chrono::milliseconds(patience).count());
    answer.wait = bus.runUntil([&answer] { return answer.call->answered(); }, {token, std::chrono::steady_clock::now() + patience});
    answer.errorName = answer.call->errorName;
    answer.errorText = answer.wait == BusWait::Done ? answer.call->errorText : u"no answer"_s;
    return answer;
}

Right UnitRights::changeUnit(const QString &unit, bool userBus)
{
    const QString key = (userBus ? u"user "_s : u"system "_s) + unit;
    if (!m_known.contains(key))
        m_known.insert(key, askUnit(unit, userBus));
    return m_known[key];
}

Right UnitRights::askUnit(const QString &unit, bool userBus)
{
    const QString what = u"change "_s + unit;
    const QString help = userBus ? u"; log in, or keep the user's systemd running: loginctl enable-linger"_s : u"; start dbus and systemd"_s;
    const auto bus = connection(userBus);
    if (!bus)
        return {RightState::Refused, bus.error().message + help};
    BusMessage message = (*bus)->managerCall("SetUnitProperties");
    if (!message || sd_bus_message_append(message.get(), "sba(sv)", unit.toUtf8().constData(), 1, 0) < 0)
        return {RightState::Refused, u"out of memory"_s};
    const Answer answer = ask(**bus, std::move(message));
    if (answer.wait == BusWait::Done && answer.errorName.isEmpty())
        return {RightState::Permitted, u"systemd lets us "_s + what};
    if (answer.wait != BusWait::Done)
        return {RightState::Refused, u"systemd does not answer on the %1 bus"_s.arg(userBus ? u"user"_s : u"system"_s) + help};
    if (answer.errorName == askPerson)
        return needsPerson(what, manageUnits);
    if (answer.errorName != accessDenied && (userBus || geteuid() == 0)) // the right is there, whatever else is not
        return {RightState::Permitted, u"systemd would let us %1, but says: %2"_s.arg(what, answer.errorText)};
    if (userBus)
        return {RightState::Refused, u"this user's systemd refuses to %1: %2"_s.arg(what, answer.errorText)};
    // A unit that systemd does not know is refused before the rights are looked at; and a denial does not say whose it is.
    Right right = polkit(**bus, manageUnits, what);
    if (answer.errorName == accessDenied && right.state != RightState::Refused) // of this unit, whatever holds for others
        right = {RightState::Refused, u"polkit lets nobody with our rights %1 (%2)"_s.arg(what, answer.errorText) + advice(manageUnits)};
    return right;
}

Right UnitRights::reloadManager(bool userBus)
{
    const auto bus = connection(userBus);
    if (!bus)
        return {RightState::Refused, bus.error().message};
    if (userBus || geteuid() == 0)
        return {RightState::Permitted, u"systemd lets us make it read its unit files again"_s};
    return polkit(**bus, reloadDaemon, u"make systemd read its unit files again"_s);
}

/// Without details: polkit takes those (unit and verb) from root alone. A rule that looks at them is not seen here.
Right UnitRights::polkit(BusConnection &bus, const char *action, const QString &what) const
{
    sd_bus_message *made = nullptr;
    sd_bus_message_new_method_call(bus.bus(), &made, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                   "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
    BusMessage message(made);
    const char *self = nullptr; // the connection's name: what systemd itself names when it asks about us
    if (!message || sd_bus_get_unique_name(bus.bus(), &self) < 0
        || sd_bus_message_append(message.get(), "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s", self, action, 0, 0, "") < 0)
        return {RightState::Refused, u"the system bus does not take a question to polkit"_s};
    const Answer answer = ask(bus, std::move(message));
    if (answer.wait != BusWait::Done || !answer.errorName.isEmpty())
        return {RightState::Refused, u"only root may %1, for polkit does not answer (%2); install and start polkitd, or run the engine as root"_s
                                         .arg(what, answer.errorText)};
    int authorised = 0, challenge = 0;
    if (sd_bus_message_enter_container(answer.call->reply.get(), 'r', "bba{ss}") < 0
        || sd_bus_message_read(answer.call->reply.get(), "bb", &authorised, &challenge) < 0)
        return {RightState::Refused, u"polkit gives an answer that is none"_s};
    if (authorised != 0)
        return {RightState::Permitted, u"polkit lets us "_s + what};
    return challenge != 0 ? needsPerson(what, action) : Right{RightState::Refused, u"polkit does not let us "_s + what + advice(action)};
}

} // namespace prunella
