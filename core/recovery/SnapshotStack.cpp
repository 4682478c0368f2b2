#include "core/recovery/SnapshotParts.h"

#include "core/recovery/ChildRun.h"

#include <QDir>
#include <QFile>
#include <QStandardPaths>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

constexpr int mostThreads = 32;
constexpr int stackMs = 10'000, graceMs = 1000;
constexpr int keptBytes = 48 * 1024;

/// No start files, no scripts of the program's, no downloads, and no arguments of functions: they may hold secrets.
QStringList gdbArguments(const QString &pid)
{
    return {u"gdb"_s, u"-nx"_s, u"-batch"_s, u"-iex"_s, u"set auto-load off"_s, u"-iex"_s, u"set debuginfod enabled off"_s,
            u"-iex"_s, u"set print frame-arguments none"_s, u"-iex"_s, u"set print entry-values no"_s, u"-p"_s, pid,
            u"-ex"_s, u"thread apply all backtrace 64"_s};
}

QString runTracer(const QString &program, const QStringList &arguments, const CancelToken &token)
{
    ChildSpec spec;
    spec.program = QFile::encodeName(program);
    for (const QString &word : arguments)
        spec.arguments.append(word.toLocal8Bit());
    spec.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C"};
    spec.workingDirectory = "/";
    spec.keptBytes = keptBytes;
    const Result<ChildEnd> end = runChild(spec, stackMs, graceMs, token);
    if (!end)
        return end.error().message;
    const QString cut = end->why == ChildEnd::Why::Ended ? QString() : u"\n[did not end within %1 s and was ended]"_s.arg(stackMs / 1000);
    return program + u":\n"_s + end->output + cut;
}

} // namespace

QString kernelStacks(qint64 pid)
{
    const QString tasks = u"/proc/%1/task"_s.arg(pid);
    const QStringList threads = QDir(tasks).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    if (threads.isEmpty())
        return u"cannot read "_s + tasks;
    QString text;
    for (const QString &thread : threads.mid(0, mostThreads)) {
        const QString folder = tasks + u'/' + thread + u'/';
        text += u"thread %1 (%2), waits in: %3\n"_s.arg(thread, textOrReason(folder + u"comm"_s).trimmed(), textOrReason(folder + u"wchan"_s).trimmed());
        text += textOrReason(folder + u"stack"_s);
    }
    if (threads.size() > mostThreads)
        text += u"[... %1 threads more ...]\n"_s.arg(threads.size() - mostThreads);
    return text;
}

QString userStacks(qint64 pid, const CancelToken &token)
{
    const QStringList path{u"/usr/local/bin"_s, u"/usr/bin"_s, u"/bin"_s};
    const QString number = QString::number(pid);
    if (const QString gdb = QStandardPaths::findExecutable(u"gdb"_s, path); !gdb.isEmpty())
        return runTracer(gdb, gdbArguments(number), token);
    if (const QString tool = QStandardPaths::findExecutable(u"eu-stack"_s, path); !tool.isEmpty())
        return runTracer(tool, {u"eu-stack"_s, u"-p"_s, number}, token);
    return u"neither gdb nor eu-stack is installed"_s;
}

} // namespace prunella::snapshot
