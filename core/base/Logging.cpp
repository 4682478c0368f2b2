#include "core/base/Logging.h"

#include "core/base/Clock.h"

#include <QDir>
#include <QFile>

#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {

Q_LOGGING_CATEGORY(lcEngine, "prunella.engine")

namespace {

constexpr qint64 maxLogBytes = 5 * 1024 * 1024;
constexpr int keptFiles = 3;

struct LogState {
    std::atomic<int> fd{-1};
    std::atomic<int> level{1};   // as severityOf
    std::atomic<qint64> written{0};
    QByteArray path;
    bool quiet = false;
};

LogState &state()
{
    static LogState instance;
    return instance;
}

int severityOf(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return 0;
    case QtInfoMsg:
        return 1;
    case QtWarningMsg:
        return 2;
    default:
        return 3;
    }
}

int openLog(const QByteArray &path)
{
    return ::open(path.constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/// prunella.log -> prunella.log.1 -> ...; the descriptor is exchanged in place, so a writing thread never sees a closed one.
void rotate()
{
    const QString path = QFile::decodeName(state().path);
    for (int i = keptFiles - 1; i >= 1; --i)
        ::rename(QFile::encodeName(path + u'.' + QString::number(i)).constData(), QFile::encodeName(path + u'.' + QString::number(i + 1)).constData());
    ::rename(state().path.constData(), QFile::encodeName(path + QStringLiteral(".1")).constData());
    const int fresh = openLog(state().path);
    if (fresh >= 0) {
        ::dup3(fresh, state().fd, O_CLOEXEC);
        ::close(fresh);
    }
    state().written = 0; // without a new file: tried again after as much
}

void writeLine(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    static const char *const names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    const int severity = severityOf(type);
    if (severity < state().level)
        return;
    const QString category = QString::fromLatin1(context.category ? context.category : "default");
    const QString line = QStringLiteral("%1 %2 %3: %4\n").arg(isoTime(SystemClock().now().wallMs), QString::fromLatin1(names[severity]), category, message);
    const QByteArray bytes = line.toUtf8();
    if (!state().quiet || severity >= 2)
        std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stderr);
    if (state().fd < 0)
        return;
    if (::write(state().fd, bytes.constData(), size_t(bytes.size())) <= 0)
        return;
    const qint64 before = state().written.fetch_add(bytes.size());
    if (before <= maxLogBytes && before + bytes.size() > maxLogBytes) // of several threads only the one that fills it
        rotate();
}

} // namespace

void Logging::install(const Options &options)
{
    state().quiet = options.quiet;
    if (!options.directory.isEmpty() && QDir().mkpath(options.directory)) {
        state().path = QFile::encodeName(options.directory + QStringLiteral("/prunella.log"));
        state().fd = openLog(state().path);
        struct stat info{};
        if (state().fd >= 0 && ::fstat(state().fd, &info) == 0)
            state().written = std::min<qint64>(info.st_size, maxLogBytes);
    }
    qInstallMessageHandler(writeLine);
}

void Logging::setLevel(const QString &level)
{
    static const QStringList names{QStringLiteral("DEBUG"), QStringLiteral("INFO"), QStringLiteral("WARNING"), QStringLiteral("ERROR")};
    state().level = std::max<int>(0, int(names.indexOf(level)));
}

} // namespace prunella
