#include "core/recovery/SnapshotParts.h"

#include "core/recovery/ChildRun.h"
#include "core/recovery/OpenFile.h"
#include "core/recovery/ProcessOutput.h"
#include "core/recovery/SafeName.h"

#include <QFile>

#include <cerrno>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

constexpr int mostBytes = 48 * 1024;
constexpr int journalMs = 10'000;

/// By journalctl, which knows what systemd itself says of the unit, too.
QString journalOf(const QString &unit, bool user, const CancelToken &token)
{
    ChildSpec spec;
    spec.program = "/usr/bin/journalctl";
    spec.arguments = {"journalctl", "--no-pager", "--quiet", "--output=short-iso-precise", "--lines=" + QByteArray::number(mostLines),
                      (user ? "--user-unit=" : "--unit=") + unit.toUtf8()};
    spec.environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8"};
    spec.workingDirectory = "/";
    spec.keptBytes = mostBytes;
    const Result<ChildEnd> end = runChild(spec, journalMs, 1000, token);
    if (!end)
        return end.error().message + u'\n';
    const QString cut = end->why == ChildEnd::Why::Ended ? QString() : u"[did not end within %1 s]\n"_s.arg(journalMs / 1000);
    if (end->output.isEmpty())
        return u"the journal shows nothing of %1%2\n"_s.arg(unit, geteuid() == 0 ? QString() : u" (to read all of it one must be root or in the group systemd-journal)"_s) + cut;
    return u"journal of %1:\n"_s.arg(unit) + end->output + u'\n' + cut;
}

/// The newest lines, when they do not fit.
QString lastOf(const QString &text)
{
    const QStringList lines = text.split(u'\n', Qt::SkipEmptyParts);
    return lines.mid(std::max<qsizetype>(lines.size() - mostLines, 0)).join(u'\n') + u'\n';
}

QString fileOf(const QString &path)
{
    if (access(QFile::encodeName(path).constData(), R_OK) != 0)
        return systemFailure(u"cannot read "_s + path, errno).value().message + u'\n';
    return u"%1:\n"_s.arg(path) + lastOf(tailOutput(path, mostBytes));
}

} // namespace

QString lastLogLines(const SnapshotSubject &subject, const CancelToken &token)
{
    const ServiceConfig &service = subject.service;
    QString text;
    if (service.manager == Manager::Systemd || service.manager == Manager::SystemdUser)
        text += journalOf(service.unit, service.manager == Manager::SystemdUser, token);
    if (service.manager == Manager::Process)
        text += fileOf(subject.stateDir + u"/output/"_s + safeFileName(service.name) + u".log"_s);
    for (const LogSourceConfig &source : service.logs)
        if (!source.file.isEmpty())
            text += fileOf(source.file);
    return text.isEmpty() ? u"no log of it is known (the service's `logs`)"_s : text;
}

} // namespace prunella::snapshot
