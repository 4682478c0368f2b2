#include "core/recovery/LimitTarget.h"

#include <QFile>
#include <QRegularExpression>

#include <cmath>
#include <limits>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double pageBytes = 4096, mib = 1024.0 * 1024;
constexpr double unbounded = std::numeric_limits<double>::infinity();

QByteArray textOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(64 * 1024) : QByteArray();
}

qint64 numberIn(const QString &path)
{
    bool ok = false;
    const qint64 number = textOf(path).trimmed().toLongLong(&ok);
    return ok ? number : -1;
}

/// "MemTotal:       24684084 kB", in bytes
qint64 memoryIn(const QByteArray &text, const QByteArray &name)
{
    const QByteArray begin = name + ':';
    const auto lines = text.split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith(begin))
            return line.mid(begin.size()).trimmed().split(' ').constFirst().toLongLong() * 1024;
    }
    return -1;
}

/// The fourth field of loadavg, "4/145"
qint64 tasksIn(const QByteArray &loadavg)
{
    const QList<QByteArray> fields = loadavg.simplified().split(' ');
    bool ok = false;
    const qint64 count = fields.value(3).split('/').value(1).toLongLong(&ok);
    return ok ? count : -1;
}

double grainOf(const QString &subject) { return subject == u"memory" ? pageBytes : 1; }

/// The settings as systemd.resource-control(5) and systemd.exec(5) have them.
QString settingOf(const QString &subject)
{
    static const QMap<QString, QString> names{{u"memory"_s, u"MemoryMax"_s}, {u"cpu"_s, u"CPUQuota"_s}, {u"tasks"_s, u"TasksMax"_s},
                                              {u"files"_s, u"LimitNOFILE"_s}, {u"cpu_weight"_s, u"CPUWeight"_s}, {u"io_weight"_s, u"IOWeight"_s}};
    return names.value(subject, subject);
}

} // namespace

HostRoom readHostRoom(const QString &proc)
{
    HostRoom room;
    const QByteArray memory = textOf(proc + u"/meminfo"_s);
    room.memoryTotal = memoryIn(memory, "MemTotal");
    room.memoryAvailable = memoryIn(memory, "MemAvailable");
    room.cores = sysconf(_SC_NPROCESSORS_ONLN);
    const qint64 pids = numberIn(proc + u"/sys/kernel/pid_max"_s), threads = numberIn(proc + u"/sys/kernel/threads-max"_s);
    room.tasksMost = pids < 0 || threads < 0 ? std::max(pids, threads) : std::min(pids, threads);
    room.tasksNow = tasksIn(textOf(proc + u"/loadavg"_s));
    room.filesMost = numberIn(proc + u"/sys/fs/nr_open"_s);
    return room;
}

double mostMemory(const HostRoom &room, double used)
{
    if (room.memoryTotal < 0 || room.memoryAvailable < 0)
        return unbounded;
    const double reserve = std::max(double(room.memoryTotal) / 10, 128 * mib);
    return used + double(room.memoryAvailable) - reserve;
}

double mostCpu(const HostRoom &room)
{
    return room.cores > 0 ? 100.0 * double(room.cores) : unbounded;
}

double mostTasks(const HostRoom &room, double used)
{
    if (room.tasksMost < 0 || room.tasksNow < 0)
        return unbounded;
    return used + double(room.tasksMost) * 0.9 - double(room.tasksNow);
}

tl::expected<double, RecoveryDecision> nextLimit(const LimitAsk &ask)
{
    const QString what = settingOf(ask.subject), now = limitText(ask.subject, ask.present);
    const auto refuse = [](Reason reason, const QString &text) {
        return tl::unexpected(RecoveryDecision{Decision::Refuse, reason, text, 0});
    };
    if (ask.present >= ask.config.max)
        return refuse(Reason::AtMaximum, u"%1 is %2 already, and %3 is the configured most"_s.arg(what, now, limitText(ask.subject, ask.config.max)));
    const double grain = grainOf(ask.subject);
    // A small count times a small step would stay what it is: the step is one grain at least.
    const double wanted = std::max(std::ceil(ask.present * ask.config.step / grain) * grain, ask.present + grain);
    const double bounded = std::floor(std::min(ask.config.max, ask.most) / grain) * grain;
    const double target = std::min(wanted, bounded);
    if (target > ask.present)
        return target;
    if (ask.most < ask.config.max)
        return refuse(Reason::NoRoom, u"%1 is %2, and the host has no more to give: %3 is the most that leaves its reserve"_s
                                          .arg(what, now, limitText(ask.subject, std::max(ask.most, 0.0))));
    return refuse(Reason::AtMaximum, u"%1 is %2 already, and %3 is the configured most"_s.arg(what, now, limitText(ask.subject, ask.config.max)));
}

QString limitText(const QString &subject, double value)
{
    if (subject == u"cpu")
        return u"%1 %"_s.arg(value, 0, 'g', 10);
    if (subject != u"memory")
        return QString::number(value, 'f', 0);
    const double unit = value >= 1024 * mib && std::fmod(value, 1024 * mib) == 0 ? 1024 * mib : value >= mib ? mib : 1024;
    const QString word = unit == 1024 * mib ? u"GiB"_s : unit == mib ? u"MiB"_s : u"KiB"_s;
    const double number = value / unit;
    return QString::number(number, 'f', number == std::floor(number) ? 0 : 1) + u' ' + word;
}

QString resourceOfCause(const QString &causeId)
{
    static const QList<std::pair<QRegularExpression, QString>> words{
        {QRegularExpression(u"data_grows|data_fills|disk|space"_s), u"disk"_s},
        {QRegularExpression(u"too_many_files|open_files|for_files|nofile|descriptor"_s), u"files"_s},
        {QRegularExpression(u"task|fork|thread|process_limit"_s), u"tasks"_s},
        {QRegularExpression(u"throttl|quota|cpu"_s), u"cpu"_s},
        {QRegularExpression(u"memory|oom|killed_at_limit|at_own_limit|(?<!connections_)(?<!pool_)leak|stuck_allocation|swap"_s), u"memory"_s}};
    for (const auto &[pattern, resource] : words)
        if (pattern.match(causeId).hasMatch())
            return resource;
    return {};
}

} // namespace prunella
