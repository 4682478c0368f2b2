#include "core/monitoring/SystemdBus.h"

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <poll.h>
#include <systemd/sd-bus.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr auto kSystemd = "org.freedesktop.systemd1";

int onMessage(sd_bus_message *message, void *handler, sd_bus_error *)
{
    (*static_cast<SystemdBus::Handler *>(handler))(message);
    return 0;
}

// The slot owns its handler: sd-bus calls this when the slot is freed, after its last callback or with the bus.
void destroyHandler(void *handler)
{
    delete static_cast<SystemdBus::Handler *>(handler);
}

quint64 monotonicUsec()
{
    using namespace std::chrono;
    return quint64(duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count());
}

} // namespace

void SystemdBus::SlotDeleter::operator()(sd_bus_slot *slot) const
{
    sd_bus_slot_unref(slot);
}

SystemdBus::SystemdBus(bool userBus, QObject *parent) : QObject(parent), m_userBus(userBus)
{
    m_timeout.setSingleShot(true);
    m_timeout.setTimerType(Qt::PreciseTimer);
    connect(&m_timeout, &QTimer::timeout, this, &SystemdBus::pump);
}

SystemdBus::~SystemdBus()
{
    close();
}

QString SystemdBus::name() const
{
    return m_userBus ? u"user bus"_s : u"system bus"_s;
}

Status SystemdBus::open()
{
    close();
    sd_bus *bus = nullptr;
    const int opened = m_userBus ? sd_bus_open_user_with_description(&bus, "prunella")
                                 : sd_bus_open_system_with_description(&bus, "prunella");
    if (opened < 0)
        return failure(ErrorCode::Unavailable, u"no "_s + name() + u": "_s + errnoText(opened));
    m_bus = bus;
    const int fd = sd_bus_get_fd(bus);
    m_readable = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Read);
    m_writable = std::make_unique<QSocketNotifier>(fd, QSocketNotifier::Write);
    connect(m_readable.get(), &QSocketNotifier::activated, this, &SystemdBus::pump);
    connect(m_writable.get(), &QSocketNotifier::activated, this, &SystemdBus::pump);
    rearm();
    return {};
}

void SystemdBus::close()
{
    m_timeout.stop();
    // May run inside a notifier's own activated(): silence them now, delete them from the event loop.
    for (auto *notifier : {&m_readable, &m_writable}) {
        if (!*notifier)
            continue;
        (*notifier)->setEnabled(false);
        notifier->release()->deleteLater();
    }
    if (m_bus)
        sd_bus_close_unref(std::exchange(m_bus, nullptr));
}

SystemdBus::Match SystemdBus::addMatch(const QString &rule, Handler handler)
{
    if (!m_bus)
        return {};
    auto owned = std::make_unique<Handler>(std::move(handler));
    sd_bus_slot *slot = nullptr;
    if (sd_bus_add_match_async(m_bus, &slot, rule.toUtf8().constData(), onMessage, nullptr, owned.get()) < 0)
        return {};
    sd_bus_slot_set_destroy_callback(slot, destroyHandler);
    std::ignore = owned.release();
    rearm();
    return Match(slot);
}

void SystemdBus::call(const QByteArray &path, const char *interface, const char *member,
                      const QList<QByteArray> &arguments, Handler answered)
{
    sd_bus_message *message = nullptr;
    if (!m_bus || sd_bus_message_new_method_call(m_bus, &message, kSystemd, path.constData(), interface, member) < 0)
        return;
    const std::unique_ptr<sd_bus_message, decltype(&sd_bus_message_unref)> holder(message, sd_bus_message_unref);
    for (const QByteArray &argument : arguments)
        sd_bus_message_append_basic(message, SD_BUS_TYPE_STRING, argument.constData());
    // A look must not start what is not there.
    sd_bus_message_set_auto_start(message, 0);
    auto owned = std::make_unique<Handler>(std::move(answered));
    sd_bus_slot *slot = nullptr;
    if (sd_bus_call_async(m_bus, &slot, message, onMessage, owned.get(), 0) < 0)
        return rearm(); // a dead connection: the next pump tells it
    sd_bus_slot_set_destroy_callback(slot, destroyHandler);
    std::ignore = owned.release();
    sd_bus_slot_set_floating(slot, 1);
    sd_bus_slot_unref(slot);
    rearm();
}

void SystemdBus::pump()
{
    // A handler may close the bus: look at the member anew each time.
    while (m_bus) {
        const int more = sd_bus_process(m_bus, nullptr);
        if (more < 0)
            return fail(more);
        if (m_bus && sd_bus_is_open(m_bus) <= 0)
            return fail(-ECONNRESET);
        if (more == 0)
            break;
    }
    rearm();
}

void SystemdBus::rearm()
{
    if (!m_bus)
        return;
    const int events = sd_bus_get_events(m_bus);
    uint64_t due = std::numeric_limits<uint64_t>::max();
    if (events < 0 || sd_bus_get_timeout(m_bus, &due) < 0)
        return m_timeout.start(0); // not connected any more: pump() finds out why
    m_readable->setEnabled((events & POLLIN) != 0);
    m_writable->setEnabled((events & POLLOUT) != 0);
    if (due == std::numeric_limits<uint64_t>::max())
        return m_timeout.stop();
    const quint64 now = monotonicUsec();
    const quint64 waitMs = due <= now ? 0 : (due - now + 999) / 1000;
    m_timeout.start(int(std::min<quint64>(waitMs, 3'600'000)));
}

void SystemdBus::fail(int negativeErrno)
{
    const QString why = u"no "_s + name() + u": "_s + errnoText(negativeErrno);
    close();
    Q_EMIT lost(why);
}

QString busError(sd_bus_message *message)
{
    const sd_bus_error *error = sd_bus_message_get_error(message);
    if (!error)
        return {};
    return QString::fromUtf8(error->name) + u": "_s + QString::fromUtf8(error->message);
}

QString errnoText(int error)
{
    return QString::fromLocal8Bit(std::strerror(std::abs(error)));
}

} // namespace prunella
