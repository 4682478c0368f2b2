// labels: sandbox
// Against a real systemd and its real journald.
#include "core/monitoring/JournalAccess.h"
#include "core/monitoring/JournalReader.h"
#include "tests/monitoring/UnitFixture.h"

#include <QDir>
#include <QTemporaryDir>
#include <grp.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

const JournalUnits kWeb{{{u"web.service"_s, {u"web"_s}}}, {}};

int journalctl(const QStringList &arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(u"journalctl"_s, arguments);
    return process.waitForFinished(20'000) ? process.exitCode() : -1;
}

} // namespace

class tst_log_journal : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void linesWithPriority();
    void whatSystemdSays();
    void multiLineBinaryAndLong();
    void onlyFromNowOn();
    void cursorSurvivesRestart();
    void rotation();
    void vacuumedCursor();
    void floodInBatches();
    void waitsOnItsDescriptor();
    void noRights();
    void noJournald();

private:
    void read(const JournalUnits &units = kWeb, const QString &saved = {}) { m_reader = std::make_unique<JournalReader>(units, saved); turn(); }
    void restart() { read(kWeb, m_reader->position()); }
    void turn();
    /// Runs web.service with this shell text to its end; its lines are then on their way.
    void run(const QString &text);
    [[nodiscard]] QByteArrayList texts() const;
    /// Until the unit's own line `last` is there.
    void await(const QByteArray &last) { QTRY_VERIFY2_WITH_TIMEOUT((turn(), texts().contains(last)), texts().join('|').constData(), 10'000); }

    SystemClock m_clock;
    std::unique_ptr<JournalReader> m_reader;
    QList<LogLine> m_lines;
};

void tst_log_journal::turn()
{
    for (bool more = true; more;) {
        LogTurn turn = m_reader->turn(m_clock.now(), 1 << 20);
        m_lines += turn.lines;
        more = turn.more;
    }
}

void tst_log_journal::run(const QString &text)
{
    QFile script(u"/run/web-script"_s);
    QVERIFY(script.open(QIODevice::WriteOnly));
    script.write(text.toUtf8());
    script.close();
    systemctl({u"start"_s, u"web.service"_s});
}

/// What the unit itself printed: systemd's words have another source.
QByteArrayList tst_log_journal::texts() const
{
    QByteArrayList found;
    for (const LogLine &line : m_lines) {
        if (!line.text.contains("web.service"))
            found.append(line.text);
    }
    return found;
}

void tst_log_journal::initTestCase()
{
    QVERIFY2(inSandbox(), "this test needs a systemd of its own: run it with tests/support/systemd-sandbox");
    writeUnit(u"web.service"_s, u"Type=oneshot\nExecStart=/bin/bash /run/web-script\nSyslogIdentifier=web"_s);
    writeUnit(u"other.service"_s, u"Type=oneshot\nExecStart=/bin/echo other"_s);
    QCOMPARE(systemctl({u"daemon-reload"_s}), 0);
    awaitBus();
    QTRY_VERIFY2_WITH_TIMEOUT(QFile::exists(u"/run/systemd/journal/socket"_s), "journald is not there", 20'000);
    run(u"echo before everything"_s);
    QTRY_COMPARE_WITH_TIMEOUT(journalAccessProblem({u"/run/log/journal"_s, u"/var/log/journal"_s}, {u"web.service"_s}, {}), u""_s, 20'000);
}

void tst_log_journal::init()
{
    m_lines.clear();
    read();
    QCOMPARE(m_reader->problem(), u""_s);
}

void tst_log_journal::linesWithPriority()
{
    systemctl({u"start"_s, u"other.service"_s});
    run(u"echo plain; echo '<3>an error'; echo '<7>a detail'"_s);
    await("a detail");
    QCOMPARE(texts(), (QByteArrayList{"plain", "an error", "a detail"})); // and nothing of the other unit
    QList<int> priorities;
    for (const LogLine &line : std::as_const(m_lines)) {
        if (texts().contains(line.text))
            priorities.append(line.priority);
        QVERIFY(line.component == u"web"_s && line.source == u"journal"_s && !line.truncated);
        QVERIFY2(std::abs(line.wallMs - m_clock.now().wallMs) < 20'000, qPrintable(QString::number(line.wallMs)));
        QVERIFY(line.monotonicMs > 0);
    }
    QCOMPARE(priorities, (QList<int>{6, 3, 7}));
}

void tst_log_journal::whatSystemdSays()
{
    systemctl({u"log-target"_s, u"journal"_s}); // the sandbox's systemd is told to be silent
    const auto back = qScopeGuard([] { systemctl({u"log-target"_s, u"null"_s}); });
    run(u"exit 3"_s);
    const auto said = [this] {
        turn();
        return std::any_of(m_lines.cbegin(), m_lines.cend(), [](const LogLine &line) {
            return line.text.contains("web.service: Failed with result 'exit-code'") && line.priority == 4;
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(said(), 10'000);
    systemctl({u"reset-failed"_s});
}

/// Through journald's own protocol, as programs do who log whole stack traces. They come from this test's own unit.
void tst_log_journal::multiLineBinaryAndLong()
{
    const auto send = [](const QByteArray &message) {
        const QByteArray field = "MESSAGE=" + message, priority = "PRIORITY=2";
        const iovec fields[] = {{const_cast<char *>(field.constData()), size_t(field.size())},
                                {const_cast<char *>(priority.constData()), size_t(priority.size())}};
        return sd_journal_sendv(fields, 2) == 0;
    };
    read({{{u"sandbox-command.service"_s, {u"web"_s, u"api"_s}}}, {}});
    const QByteArray odd("b\xff\0c", 4);
    QVERIFY(send("first\n" + odd + "\r\n\nlast of four\n"));
    QVERIFY(send(QByteArray(20'000, 'x')));
    QVERIFY(send(QByteArray(200'000, 'y'))); // more than is taken from one field
    QVERIFY(send("end"));
    await("end");
    const QByteArrayList four{"first", odd, "", "last of four"};
    QCOMPARE(texts(), four + four + QByteArrayList(2, QByteArray(maxLogLineBytes, 'x')) + QByteArrayList(2, QByteArray(maxLogLineBytes, 'y')) + QByteArrayList(2, "end"));
    QCOMPARE(m_lines.first().component, u"web"_s); // two services may have the same unit
    QCOMPARE(m_lines.last().component, u"api"_s);
    for (const LogLine &line : std::as_const(m_lines))
        QVERIFY(line.truncated == (line.text.size() == maxLogLineBytes) && line.priority == 2);
}

void tst_log_journal::onlyFromNowOn()
{
    run(u"echo past"_s);
    await("past");
    m_lines.clear();
    read(); // without a position
    QCOMPARE(texts(), QByteArrayList());
    run(u"echo now"_s);
    await("now");
    QCOMPARE(texts(), QByteArrayList{"now"});
}

void tst_log_journal::cursorSurvivesRestart()
{
    restart(); // before there was a line: by the time
    run(u"for i in $(seq 1 500); do echo line $i; done"_s);
    const auto half = [this] {
        const LogTurn turn = m_reader->turn(m_clock.now(), 5000);
        m_lines += turn.lines;
        return texts().size() > 20;
    };
    QTRY_VERIFY_WITH_TIMEOUT(half(), 10'000);
    QVERIFY(texts().size() < 500);
    QVERIFY2(m_reader->position().startsWith(u"c:s="), qPrintable(m_reader->position()));
    const QString at = m_reader->position();
    m_reader.reset();
    run(u"for i in $(seq 501 600); do echo line $i; done; echo end"_s);
    read(kWeb, at);
    await("end");
    QCOMPARE(texts().size(), 601);
    for (int i = 0; i < 600; ++i)
        QCOMPARE(texts().at(i), "line " + QByteArray::number(i + 1));
}

void tst_log_journal::rotation()
{
    for (int i = 0; i < 5; ++i) {
        run(u"for i in $(seq 1 200); do echo %1 $i; done"_s.arg(i));
        QCOMPARE(journalctl({u"--rotate"_s}), 0);
        if (i == 2)
            restart();
        if (i == 3)
            turn();
    }
    run(u"echo end"_s);
    await("end");
    QCOMPARE(texts().size(), 1001);
    for (int i = 0; i < 1000; ++i)
        QCOMPARE(texts().at(i), QByteArray::number(i / 200) + ' ' + QByteArray::number(i % 200 + 1));
}

void tst_log_journal::vacuumedCursor()
{
    run(u"echo one"_s);
    await("one");
    const QString at = m_reader->position();
    m_reader.reset();
    QCOMPARE(journalctl({u"--rotate"_s}), 0);
    QCOMPARE(journalctl({u"--vacuum-files=1"_s}), 0); // the cursor's entry is gone
    run(u"echo two"_s);
    m_lines.clear();
    read(kWeb, at);
    await("two");
    QCOMPARE(texts(), QByteArrayList{"two"});
    m_lines.clear();
    read(kWeb, u"c:nonsense"_s); // a damaged position is like none
    run(u"echo three"_s);
    await("three");
    QCOMPARE(texts(), QByteArrayList{"three"});
}

void tst_log_journal::floodInBatches()
{
    run(u"for i in $(seq 1 5000); do echo $i; done; echo end"_s);
    qsizetype most = 0;
    const auto done = [&] {
        const LogTurn turn = m_reader->turn(m_clock.now(), 100'000);
        most = std::max(most, turn.lines.size());
        m_lines += turn.lines;
        return texts().contains("end");
    };
    QTRY_VERIFY_WITH_TIMEOUT(done(), 20'000);
    QCOMPARE(texts().size(), 5001);
    QVERIFY2(most <= 1000, qPrintable(QString::number(most))); // an entry counts 100 bytes and its text
}

void tst_log_journal::waitsOnItsDescriptor()
{
    std::vector<pollfd> waited;
    m_reader->addDescriptors(waited);
    QCOMPARE(waited.size(), 1u);
    run(u"echo wakes"_s);
    QCOMPARE(::poll(waited.data(), 1, 10'000), 1);
    await("wakes");
    QVERIFY(m_reader->dueMs() > m_clock.now().monotonicMs + JournalReader::retryMs / 2);
}

void tst_log_journal::noRights()
{
    QCOMPARE(::setgroups(0, nullptr), 0);
    QVERIFY(::setegid(65534) == 0 && ::seteuid(65534) == 0);
    {
        const auto back = qScopeGuard([] { (void)::seteuid(0); (void)::setegid(0); });
        read();
        QCOMPARE(m_reader->problem(), u"not permitted to read the journal of unit web.service: add the user nobody to group systemd-journal and log in anew"_s);
        QCOMPARE(texts(), QByteArrayList());
    }
    // The rights come: what was written meanwhile is read.
    run(u"echo meanwhile"_s);
    const auto allowed = [this] { turn(); return m_reader->problem().isEmpty(); };
    QTRY_VERIFY_WITH_TIMEOUT(allowed(), 10'000);
    await("meanwhile");
}

void tst_log_journal::noJournald()
{
    const QTemporaryDir empty;
    JournalReader reader(kWeb, {}, {empty.path()});
    (void)reader.turn(m_clock.now(), 1000);
    QCOMPARE(reader.problem(), u"no journal: journald has no files in %1; check systemctl status systemd-journald; it is tried again every 5 s"_s.arg(empty.path()));
}

QTEST_GUILESS_MAIN(tst_log_journal)
#include "tst_log_journal.moc"
