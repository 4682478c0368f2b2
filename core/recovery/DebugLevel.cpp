#include "core/recovery/DebugLevel.h"

#include "core/recovery/BusConnection.h"
#include "core/recovery/OpenFile.h"

#include <QFile>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/syscall.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
constexpr int answerMs = 5000;
constexpr auto objectPath = "/org/freedesktop/LogControl1", logInterface = "org.freedesktop.LogControl1";

BusMessage propertyCall(BusConnection &bus, const LogControl &control, const char *member)
{
    sd_bus_message *message = nullptr;
    sd_bus_message_new_method_call(bus.bus(), &message, control.busName.toUtf8().constData(), objectPath, "org.freedesktop.DBus.Properties", member);
    if (message)
        sd_bus_message_append(message, "ss", logInterface, "LogLevel");
    return BusMessage(message);
}

Error judged(const LogControl &control, const BusCall &call)
{
    const QString name = call.errorName.section(u'.', -1);
    if (name == u"AccessDenied"_s || name == u"InteractiveAuthorizationRequired"_s)
        return {ErrorCode::NotAuthorised, u"not authorised to set the log level of %1: only root, or its own user, may"_s.arg(control.busName)};
    static const QStringList missing{u"ServiceUnknown"_s, u"NameHasNoOwner"_s, u"UnknownObject"_s, u"UnknownInterface"_s, u"UnknownProperty"_s, u"UnknownMethod"_s};
    if (missing.contains(name))
        return {ErrorCode::NotFound, u"%1 does not offer org.freedesktop.LogControl1: "_s.arg(control.busName) + call.errorText};
    return {ErrorCode::Unavailable, u"%1 does not answer about its log level: "_s.arg(control.busName) + call.errorText};
}

/// Sends and waits; the answer, or why there is none.
Result<std::unique_ptr<BusCall>> ask(BusConnection &bus, const LogControl &control, BusMessage message, const CancelToken &token)
{
    if (!message)
        return failure(ErrorCode::Invalid, u"\"%1\" is no name on the bus: correct `bus_name`"_s.arg(control.busName));
    auto call = bus.send(std::move(message), answerMs);
    const BusWait wait = bus.runUntil([&] { return call->answered(); }, {token, Time::now() + std::chrono::milliseconds(answerMs)});
    if (wait != BusWait::Done)
        return failure(ErrorCode::Unavailable, u"%1 did not answer about its log level in time"_s.arg(control.busName));
    if (!call->ok())
        return tl::unexpected(judged(control, *call));
    return call;
}

quint64 mask(const QByteArray &status, const char *field)
{
    const QByteArray start = QByteArray("\n") + field + ":\t";
    const qsizetype at = status.indexOf(start);
    return at < 0 ? 0 : status.mid(at + start.size(), 16).toULongLong(nullptr, 16);
}

/// A thread in sigwait() has the signals it waits for unblocked for that time: which ones stands in its memory.
bool waitsInSigwait(qint64 pid, quint64 bit)
{
    QFile call(u"/proc/%1/syscall"_s.arg(pid)), memory(u"/proc/%1/mem"_s.arg(pid));
    const QList<QByteArray> words = call.open(QIODevice::ReadOnly) ? call.readAll().split(' ') : QList<QByteArray>();
    if (words.size() < 2 || words[0].toLongLong() != SYS_rt_sigtimedwait || !memory.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return false;
    quint64 awaited = 0;
    const ssize_t size = pread(memory.handle(), &awaited, sizeof awaited, off_t(words[1].toULongLong(nullptr, 0)));
    return size == ssize_t(sizeof awaited) && (awaited & bit) != 0;
}

/// A signal that nothing is set up for ends the process; at its very start no program is ready for one.
bool survives(qint64 pid, int number)
{
    QFile file(u"/proc/%1/status"_s.arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const QByteArray status = file.readAll();
    const quint64 bit = quint64(1) << (number - 1);
    return ((mask(status, "SigCgt") | mask(status, "SigBlk") | mask(status, "SigIgn")) & bit) != 0 || waitsInSigwait(pid, bit);
}

Status checkProcess(int pidFd, qint64 pid, int number)
{
    if (syscall(SYS_pidfd_send_signal, pidFd, 0, nullptr, 0) != 0) {
        if (errno == EPERM)
            return failure(ErrorCode::NotAuthorised, u"process %1 belongs to another user: only root may send it %2"_s.arg(pid).arg(signalName(number)));
        return systemFailure(u"cannot signal process %1"_s.arg(pid), errno);
    }
    if (!survives(pid, number))
        return failure(ErrorCode::Invalid, u"process %1 is not prepared for %2, which would end it"_s.arg(pid).arg(signalName(number)));
    return {};
}

Result<OpenFile> openProcess(qint64 pid)
{
    const int fd = pid > 0 ? int(syscall(SYS_pidfd_open, pid_t(pid), 0)) : -1;
    if (fd < 0)
        return failure(ErrorCode::NotFound, pid > 0 ? u"there is no process %1"_s.arg(pid) : u"there is no main process"_s);
    return OpenFile(fd);
}

} // namespace

Result<QString> readLogLevel(const LogControl &control, const CancelToken &token)
{
    const auto bus = BusConnection::open(control.userBus);
    if (!bus)
        return tl::unexpected(bus.error());
    const auto call = ask(**bus, control, propertyCall(**bus, control, "Get"), token);
    if (!call)
        return tl::unexpected(call.error());
    const char *level = nullptr;
    if (sd_bus_message_read((*call)->reply.get(), "v", "s", &level) < 0)
        return failure(ErrorCode::Invalid, u"the log level of %1 is no text"_s.arg(control.busName));
    return QString::fromUtf8(level);
}

Status writeLogLevel(const LogControl &control, const QString &level, const CancelToken &token)
{
    const auto bus = BusConnection::open(control.userBus);
    if (!bus)
        return tl::unexpected(bus.error());
    BusMessage message = propertyCall(**bus, control, "Set");
    if (message)
        sd_bus_message_append(message.get(), "v", "s", level.toUtf8().constData());
    const auto call = ask(**bus, control, std::move(message), token);
    if (!call)
        return tl::unexpected(call.error());
    return {};
}

Status maySignal(qint64 pid, int number)
{
    const auto process = openProcess(pid);
    if (!process)
        return tl::unexpected(process.error());
    return checkProcess(process->fd(), pid, number);
}

Status sendSignal(qint64 pid, int number)
{
    const auto process = openProcess(pid);
    if (!process)
        return tl::unexpected(process.error());
    if (const Status fine = checkProcess(process->fd(), pid, number); !fine)
        return fine;
    if (syscall(SYS_pidfd_send_signal, process->fd(), number, nullptr, 0) != 0)
        return systemFailure(u"cannot send %1 to process %2"_s.arg(signalName(number)).arg(pid), errno);
    return {};
}

QString signalName(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? u"SIG"_s + QString::fromLatin1(name) : u"signal %1"_s.arg(number);
}

} // namespace prunella
