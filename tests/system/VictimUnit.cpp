#include "VictimUnit.h"

#include <QFile>
#include <QProcess>

#include <csignal>

namespace prunella::testing {

using namespace Qt::StringLiterals;

QString systemctl(const QStringList &arguments)
{
    QProcess process;
    process.start(u"systemctl"_s, arguments);
    process.waitForFinished();
    return QString::fromLocal8Bit(process.readAllStandardOutput()).trimmed();
}

QStringList victimCommand(const QString &log, const QStringList &arguments)
{
    return QStringList{QStringLiteral(BUILD_DIR) + u"/bin/system_victim"_s, log} + arguments;
}

int countLines(const QString &log, const QByteArray &word)
{
    QFile file(log);
    int count = 0;
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n'))
            count += line.startsWith(word) ? 1 : 0;
    }
    return count;
}

qint64 lastLineUs(const QString &log, const QByteArray &word)
{
    QFile file(log);
    qint64 last = 0;
    if (file.open(QIODevice::ReadOnly)) {
        for (const QByteArray &line : file.readAll().split('\n'))
            last = line.startsWith(word) ? line.mid(line.lastIndexOf(' ') + 1).toLongLong() : last;
    }
    return last;
}

bool processRuns(qint64 pid)
{
    QFile stat(u"/proc/%1/stat"_s.arg(pid));
    if (pid <= 0 || !stat.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = stat.readAll();
    return !text.mid(text.lastIndexOf(')') + 2).startsWith('Z');
}

VictimUnit::VictimUnit(const QString &name, const QString &dir, const QStringList &arguments, const QString &serviceLines,
                       const QString &unitLines)
    : m_name(name)
    , m_log(dir + u'/' + name + u".starts"_s)
    , m_serviceLines(serviceLines)
    , m_unitLines(unitLines)
{
    rewrite(arguments);
}

VictimUnit::~VictimUnit()
{
    systemctl({u"stop"_s, unit()});
    QFile::remove(u"/run/systemd/system/"_s + unit());
    systemctl({u"daemon-reload"_s});
    systemctl({u"reset-failed"_s, unit()});
}

void VictimUnit::rewrite(const QStringList &arguments) const
{
    QFile file(u"/run/systemd/system/"_s + unit());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        qFatal("%s cannot be written; run this test in tests/support/systemd-sandbox", qPrintable(file.fileName()));
    const QString text = u"[Unit]\n%1\n[Service]\nExecStart=%2\n%3\n"_s
                             .arg(m_unitLines, victimCommand(m_log, arguments).join(u' '), m_serviceLines);
    file.write(text.toUtf8());
    file.close();
    systemctl({u"daemon-reload"_s});
}

void VictimUnit::start() const
{
    systemctl({u"start"_s, unit()});
}

void VictimUnit::stop() const
{
    systemctl({u"stop"_s, unit()});
}

void VictimUnit::kill9() const
{
    if (const qint64 pid = mainPid(); pid > 0)
        ::kill(pid_t(pid), SIGKILL);
}

QString VictimUnit::property(const QString &name) const
{
    return systemctl({u"show"_s, u"--value"_s, u"-p"_s, name, unit()});
}

QString VictimUnit::service(const QString &more) const
{
    return u"    - {name: %1, manager: systemd, unit: %2%3}\n"_s.arg(m_name, unit(), more.isEmpty() ? QString() : QString(u", "_s + more));
}

} // namespace prunella::testing
