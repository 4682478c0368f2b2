#include "core/monitoring/JournalReader.h"

#include "core/monitoring/JournalAccess.h"

#include <cstring>
#include <limits>
#include <systemd/sd-journal.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr auto kCoredumpMessage = "MESSAGE_ID=fc2e22bc6ee647b6b90729ab34a250b1";
constexpr size_t kMostFieldBytes = 64 * 1024; // libsystemd's own default
constexpr int kMostEntries = 2000;            // a turn

/// Fields that are all to match, as in one line of `journalctl -u`.
using Match = std::vector<QByteArray>;

std::vector<Match> matchesOf(const QByteArray &unit, bool user)
{
    const QByteArray uid = "_UID=" + QByteArray::number(::getuid());
    if (user)
        return {{"_SYSTEMD_USER_UNIT=" + unit, uid}, {"USER_UNIT=" + unit, uid}, {"OBJECT_SYSTEMD_USER_UNIT=" + unit, "_UID=0"},
                {"COREDUMP_USER_UNIT=" + unit, kCoredumpMessage, "_UID=0"}};
    return {{"_SYSTEMD_UNIT=" + unit}, {"UNIT=" + unit, "_PID=1"}, {"OBJECT_SYSTEMD_UNIT=" + unit, "_UID=0"},
            {"COREDUMP_UNIT=" + unit, kCoredumpMessage, "_UID=0"}};
}

int addMatch(sd_journal *journal, const Match &match)
{
    for (const QByteArray &field : match) {
        if (const int added = sd_journal_add_match(journal, field.constData(), size_t(field.size())); added < 0)
            return added;
    }
    return sd_journal_add_disjunction(journal);
}

/// A message of several lines is several lines.
void appendLines(QByteArray message, LogLine line, QList<LogLine> &out)
{
    const bool cut = size_t(message.size()) >= kMostFieldBytes;
    if (message.endsWith('\n'))
        message.chop(1);
    const QByteArrayList texts = message.split('\n');
    for (qsizetype i = 0; i < texts.size(); ++i) {
        line.text = texts[i].endsWith('\r') ? texts[i].chopped(1) : texts[i];
        line.truncated = line.text.size() > maxLogLineBytes || (cut && i + 1 == texts.size());
        line.text.truncate(maxLogLineBytes);
        out.append(line);
    }
}

} // namespace

void JournalReader::Close::operator()(sd_journal *journal) const
{
    sd_journal_close(journal);
}

JournalReader::JournalReader(JournalUnits units, const QString &saved, QStringList folders)
    : m_units(std::move(units)), m_position(saved), m_folders(std::move(folders))
{
}

JournalReader::~JournalReader() = default;

LogTurn JournalReader::turn(const Now &now, qint64 budget)
{
    LogTurn out;
    if (m_accessCheckedMs < 0 || now.monotonicMs - m_accessCheckedMs >= retryMs) {
        m_accessCheckedMs = now.monotonicMs;
        const QString before = std::exchange(m_problem, accessProblem());
        if (!before.isEmpty() && m_problem != before)
            m_journal.reset(); // files that could not be opened are looked for anew
    }
    if (!m_journal) {
        if (m_position.isEmpty())
            m_position = u"t:"_s + QString::number(now.wallMs * 1000);
        if (now.monotonicMs < m_dueMs)
            return out;
        if (const int opened = open(now); opened < 0) {
            fail(now, opened);
            return out;
        }
    }
    // Also notes files that journald has rotated or removed: without it they would be held open for ever.
    if (const int changed = sd_journal_process(m_journal.get()); changed < 0) {
        fail(now, changed);
        return out;
    }
    if (const int read = readEntries(now, budget, out); read < 0) {
        fail(now, read);
        return out;
    }
    schedule(now, out.more);
    return out;
}

int JournalReader::open(const Now &now)
{
    sd_journal *journal = nullptr;
    if (const int opened = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY); opened < 0)
        return opened;
    m_journal.reset(journal);
    sd_journal_set_data_threshold(journal, kMostFieldBytes);
    m_fd = sd_journal_get_fd(journal); // from here on changes are noted: before the first look
    if (m_fd < 0)
        return m_fd;
    m_events = short(sd_journal_get_events(journal));
    if (const int matched = addMatches(); matched < 0)
        return matched;
    return seek(now);
}

int JournalReader::addMatches()
{
    for (const bool user : {false, true}) {
        const auto &units = user ? m_units.user : m_units.system;
        for (auto it = units.cbegin(); it != units.cend(); ++it) {
            for (const Match &match : matchesOf(it.key().toUtf8(), user)) {
                if (const int added = addMatch(m_journal.get(), match); added < 0)
                    return added;
            }
        }
    }
    return 0;
}

int JournalReader::seek(const Now &now)
{
    m_atEntry = false;
    const QByteArray where = m_position.mid(2).toUtf8();
    const bool cursor = m_position.startsWith(u"c:") && sd_journal_seek_cursor(m_journal.get(), where.constData()) >= 0;
    if (!cursor) { // a damaged position is like none
        const quint64 since = m_position.startsWith(u"t:") ? where.toULongLong() : quint64(now.wallMs) * 1000;
        return sd_journal_seek_realtime_usec(m_journal.get(), since);
    }
    const int done = sd_journal_next(m_journal.get());
    // On the cursor's entry, which was given out, or, when journald has thrown that away, on the next one, which was not.
    m_atEntry = done > 0 && sd_journal_test_cursor(m_journal.get(), where.constData()) == 0;
    return std::min(done, 0);
}

int JournalReader::readEntries(const Now &now, qint64 budget, LogTurn &out)
{
    for (int count = 0; budget > 0 && count < kMostEntries; ++count) {
        const int next = std::exchange(m_atEntry, false) ? 1 : sd_journal_next(m_journal.get());
        if (next <= 0)
            return next;
        budget -= takeEntry(now, out);
        char *cursor = nullptr;
        if (const int told = sd_journal_get_cursor(m_journal.get(), &cursor); told < 0)
            return told;
        m_position = u"c:"_s + QString::fromUtf8(cursor);
        ::free(cursor);
    }
    out.more = true;
    return 0;
}

/// Returns about how many bytes it was.
qint64 JournalReader::takeEntry(const Now &now, LogTurn &out)
{
    uint64_t usec = 0;
    if (sd_journal_get_realtime_usec(m_journal.get(), &usec) < 0)
        usec = uint64_t(now.wallMs) * 1000;
    bool known = false;
    const int priority = field("PRIORITY").toInt(&known);
    const QByteArray message = field("MESSAGE");
    for (const QString &service : servicesOfEntry()) {
        const LogLine line{service, u"journal"_s, {}, known && priority >= 0 && priority <= 7 ? priority : -1,
                           qint64(usec / 1000), now.monotonicMs, false};
        appendLines(message, line, out.lines);
    }
    constexpr qint64 entryBytes = 100;
    return message.size() + entryBytes;
}

QStringList JournalReader::servicesOfEntry() const
{
    QStringList services;
    const auto look = [&](const QMap<QString, QStringList> &units, std::initializer_list<const char *> fields) {
        for (const char *name : fields) {
            if (!units.isEmpty())
                services += units.value(QString::fromUtf8(field(name)));
        }
    };
    look(m_units.system, {"_SYSTEMD_UNIT", "UNIT", "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT"});
    look(m_units.user, {"_SYSTEMD_USER_UNIT", "USER_UNIT", "OBJECT_SYSTEMD_USER_UNIT", "COREDUMP_USER_UNIT"});
    services.removeDuplicates();
    return services;
}

/// The value alone; empty when the entry has none, or a damaged one.
QByteArray JournalReader::field(const char *name) const
{
    const void *data = nullptr;
    size_t size = 0;
    if (sd_journal_get_data(m_journal.get(), name, &data, &size) < 0)
        return {};
    const size_t prefix = std::strlen(name) + 1;
    return size <= prefix ? QByteArray() : QByteArray(static_cast<const char *>(data) + prefix, qsizetype(size - prefix));
}

void JournalReader::addDescriptors(std::vector<pollfd> &descriptors) const
{
    if (m_journal)
        descriptors.push_back({m_fd, m_events, 0});
}

void JournalReader::schedule(const Now &now, bool more)
{
    m_dueMs = now.monotonicMs + (more ? 0 : retryMs);
}

void JournalReader::fail(const Now &now, int negativeErrno)
{
    m_journal.reset();
    m_dueMs = now.monotonicMs + retryMs;
    if (m_problem.isEmpty())
        m_problem = u"cannot read the journal: "_s + QString::fromLocal8Bit(std::strerror(-negativeErrno)) + u"; it is tried again every 5 s"_s;
}

QString JournalReader::accessProblem() const
{
    return journalAccessProblem(m_folders, m_units.system.keys(), m_units.user.keys());
}

} // namespace prunella
