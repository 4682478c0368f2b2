#include "core/monitoring/KernelOom.h"

#include <QRegularExpression>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

qint64 memoryKiB(const QString &text, const QString &name)
{
    const qsizetype at = text.indexOf(u", "_s + name + u":"_s);
    if (at < 0)
        return 0;
    qint64 value = 0;
    for (qsizetype i = at + name.size() + 3; i < text.size() && text.at(i).isDigit(); ++i)
        value = value * 10 + text.at(i).digitValue();
    return value;
}

QByteArray withoutEscapes(QByteArrayView text)
{
    QByteArray plain;
    plain.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        bool isHex = false;
        const int code = text.sliced(i).startsWith("\\x") && i + 3 < text.size()
            ? text.sliced(i + 2, 2).toByteArray().toInt(&isHex, 16) : 0;
        plain.append(isHex ? char(code) : text.at(i));
        i += isHex ? 3 : 0;
    }
    return plain;
}

} // namespace

std::optional<QString> kmsgMessage(QByteArrayView record)
{
    const qsizetype start = record.indexOf(';');
    if (start < 0)
        return std::nullopt;
    qsizetype end = record.indexOf('\n', start);
    if (end < 0)
        end = record.size();
    return QString::fromUtf8(withoutEscapes(record.sliced(start + 1, end - start - 1)));
}

std::optional<OomKill> OomLines::feed(const QString &message)
{
    // Linux 5.0 on:  oom-kill:constraint=…,task_memcg=/…,task=name,pid=1,uid=0
    // before:        Task in /… killed as a result of limit of /…
    // memory.oom.group: Tasks in /… are going to be killed due to memory.oom.group set
    // and then, in all: [Memory cgroup out of memory: |Out of memory: ]Killed process 1 (name)[, UID 0,] total-vm:…
    // where 2.6.32 has the UID before the name.
    static const QRegularExpression victim(u"^oom-kill:.*,task_memcg=(.*),task=.*,pid=(\\d+),uid=\\d+$"_s);
    static const QRegularExpression group(u"^Tasks? in (\\S+) (?:killed as a result of limit|are going to be killed)"_s);
    static const QRegularExpression killed(u"(?:^|: )Killed process (\\d+)(?:, UID \\d+,)? \\((.*)\\)(?:, UID \\d+,)? total-vm:"_s);
    if (const auto match = victim.match(message); match.hasMatch()) {
        m_controlGroup = match.captured(1);
        m_pid = match.captured(2).toLongLong();
        return std::nullopt;
    }
    if (const auto match = group.match(message); match.hasMatch()) {
        m_controlGroup = match.captured(1);
        m_pid = 0;
        return std::nullopt;
    }
    const auto match = killed.match(message);
    if (!match.hasMatch())
        return std::nullopt;
    OomKill kill;
    kill.pid = match.captured(1).toLongLong();
    kill.command = match.captured(2);
    const QString rest = message.sliced(match.capturedEnd());
    kill.rssKiB = memoryKiB(rest, u"anon-rss"_s) + memoryKiB(rest, u"file-rss"_s) + memoryKiB(rest, u"shmem-rss"_s);
    // Another victim than announced has no known group: the kernel limits how often it writes the first line.
    if (m_pid == 0 || m_pid == kill.pid)
        kill.controlGroup = m_controlGroup;
    if (m_pid != 0)
        m_controlGroup.clear();
    return kill;
}

} // namespace prunella
