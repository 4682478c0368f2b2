#include "core/recovery/SnapshotParts.h"

#include "core/recovery/OpenFile.h"
#include "core/recovery/ProcessOutput.h"
#include "core/recovery/SafeName.h"

#include <QFile>

#include <memory>
#include <systemd/sd-journal.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella::snapshot {
namespace {

constexpr int mostBytes = 48 * 1024;
constexpr qsizetype mostOfLine = 2000;

struct CloseJournal {
    void operator()(sd_journal *journal) const { sd_journal_close(journal); }
};
using Journal = std::unique_ptr<sd_journal, CloseJournal>;

QString field(sd_journal *journal, const char *name)
{
    const void *data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(journal, name, &data, &size) < 0)
        return {};
    const QByteArray text(static_cast<const char *>(data), qsizetype(size));
    return QString::fromUtf8(text.mid(text.indexOf('=') + 1).left(mostOfLine));
}

/// What the unit itself wrote, and what systemd says of it.
bool matchUnit(sd_journal *journal, const QByteArray &unit, bool user)
{
    const QByteArray own = (user ? "_SYSTEMD_USER_UNIT=" : "_SYSTEMD_UNIT=") + unit, about = (user ? "USER_UNIT=" : "UNIT=") + unit;
    const QByteArray teller = user ? "_UID=" + QByteArray::number(getuid()) : QByteArray("_PID=1");
    const auto add = [&](const QByteArray &match) { return sd_journal_add_match(journal, match.constData(), std::size_t(match.size())) >= 0; };
    return add(own) && sd_journal_add_disjunction(journal) >= 0 && add(about) && add(teller);
}

QString journalOf(const QString &unit, bool user)
{
    sd_journal *opened = nullptr;
    if (const int code = sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY); code < 0)
        return systemFailure(u"cannot open the journal"_s, -code).value().message;
    const Journal journal(opened);
    if (!matchUnit(opened, unit.toUtf8(), user) || sd_journal_seek_tail(opened) < 0)
        return u"cannot search the journal"_s;
    QString text;
    const int found = sd_journal_previous_skip(opened, mostLines);
    for (int i = 0; i < found; ++i) {
        std::uint64_t usec = 0;
        sd_journal_get_realtime_usec(opened, &usec);
        text += isoTime(qint64(usec / 1000)) + u' ' + field(opened, "SYSLOG_IDENTIFIER") + u'[' + field(opened, "_PID") + u"]: "_s + field(opened, "MESSAGE") + u'\n';
        if (sd_journal_next(opened) <= 0)
            break;
    }
    if (text.isEmpty())
        return u"the journal shows nothing of %1%2\n"_s.arg(unit, geteuid() == 0 ? QString() : u" (to read all of it one must be root or in the group systemd-journal)"_s);
    return u"journal of %1:\n"_s.arg(unit) + text;
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

QString lastLogLines(const SnapshotSubject &subject)
{
    const ServiceConfig &service = subject.service;
    QString text;
    if (service.manager == Manager::Systemd || service.manager == Manager::SystemdUser)
        text += journalOf(service.unit, service.manager == Manager::SystemdUser);
    if (service.manager == Manager::Process)
        text += fileOf(subject.stateDir + u"/output/"_s + safeFileName(service.name) + u".log"_s);
    for (const LogSourceConfig &source : service.logs)
        if (!source.file.isEmpty())
            text += fileOf(source.file);
    return text.isEmpty() ? u"no log of it is known (the service's `logs`)"_s : text;
}

} // namespace prunella::snapshot
