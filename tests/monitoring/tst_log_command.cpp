// Real commands; the clock is moved by hand, only their own doing is waited for.
#include "core/monitoring/LogCommand.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_log_command : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void linesOfARunningCommand();
    void endIsAProblemAndStartsAgain();
    void delaysGrow();
    void wellAgainAfterAWhile();
    void unknownProgram();
    void unfinishedLine();
    void floodIsBounded();
    void stopEndsTheGroup();

private:
    /// Takes turns until `done`, or five seconds.
    template<typename Done> void until(LogCommand &command, Done done)
    {
        const auto look = [&] {
            const LogTurn turn = command.turn(m_clock.now(), 1 << 20);
            for (const LogLine &line : turn.lines)
                m_texts.append(line.text);
            return done();
        };
        QTRY_VERIFY(look());
    }

    ManualClock m_clock;
    QByteArrayList m_texts;
};

namespace {

QStringList script(const QString &text)
{
    return {u"bash"_s, u"-c"_s, text};
}

} // namespace

void tst_log_command::linesOfARunningCommand()
{
    m_texts.clear();
    LogCommand command(u"web"_s, script(u"echo one; echo two; echo not a line >&2; exec sleep 1000"_s));
    QCOMPARE(command.key(), u"web/command:bash -c echo one; echo two; echo not a line >&2; exec sleep 1000"_s);
    until(command, [&] { return m_texts.size() == 2; });
    QCOMPARE(m_texts, (QByteArrayList{"one", "two"}));
    QCOMPARE(command.problem(), u""_s);
    std::vector<pollfd> waited;
    command.addDescriptors(waited);
    QCOMPARE(waited.size(), 3u);
    QVERIFY(command.dueMs() > m_clock.now().monotonicMs); // nobody spins
    m_clock.advance(3'600'000);
    until(command, [] { return true; });
    QVERIFY(command.dueMs() > m_clock.now().monotonicMs);
}

void tst_log_command::endIsAProblemAndStartsAgain()
{
    m_texts.clear();
    LogCommand command(u"web"_s, script(u"echo out; echo first >&2; echo 'no such container' >&2; exit 3"_s));
    until(command, [&] { return !command.problem().isEmpty(); });
    QCOMPARE(command.problem(), u"bash ended with status 3: no such container; it should keep running: started again after 1 s"_s);
    QCOMPARE(m_texts, QByteArrayList{"out"});
    QCOMPARE(command.dueMs(), m_clock.now().monotonicMs + LogCommand::firstDelayMs);
    m_clock.advance(LogCommand::firstDelayMs - 1);
    until(command, [] { return true; });
    QCOMPARE(m_texts.size(), 1);
    m_clock.advance(1);
    until(command, [&] { return m_texts.size() == 2; });
}

void tst_log_command::delaysGrow()
{
    LogCommand command(u"web"_s, {u"true"_s});
    QList<qint64> delays;
    for (int i = 0; i < 8; ++i) {
        const qint64 before = command.dueMs();
        until(command, [&] { return command.dueMs() > before && !command.problem().isEmpty(); });
        std::vector<pollfd> waited;
        until(command, [&] { waited.clear(); command.addDescriptors(waited); return waited.empty(); });
        delays.append(command.dueMs() - m_clock.now().monotonicMs);
        m_clock.advance(delays.last());
    }
    QCOMPARE(delays, (QList<qint64>{1000, 2000, 4000, 8000, 16'000, 32'000, 60'000, 60'000}));
}

void tst_log_command::wellAgainAfterAWhile()
{
    QTemporaryDir dir;
    m_texts.clear();
    LogCommand command(u"web"_s, script(u"if mkdir %1/once; then exit 1; fi; echo again; exec sleep 1000"_s.arg(dir.path())));
    until(command, [&] { return !command.problem().isEmpty(); });
    m_clock.advance(LogCommand::firstDelayMs);
    until(command, [&] { return m_texts.size() == 1; });
    QVERIFY(!command.problem().isEmpty()); // it may end again at once
    QVERIFY(command.dueMs() <= m_clock.now().monotonicMs + LogCommand::settledMs);
    m_clock.advance(LogCommand::settledMs);
    until(command, [] { return true; });
    QCOMPARE(command.problem(), u""_s);
}

void tst_log_command::unknownProgram()
{
    LogCommand command(u"web"_s, {u"/nowhere/program"_s});
    QVERIFY(command.turn(m_clock.now(), 1000).lines.isEmpty());
    QCOMPARE(command.problem(), u"cannot start /nowhere/program: No such file or directory; it should keep running: started again after 1 s"_s);
}

void tst_log_command::unfinishedLine()
{
    m_texts.clear();
    LogCommand command(u"web"_s, script(u"printf 'no line end'; exec sleep 1000"_s));
    until(command, [&] { return command.dueMs() == m_clock.now().monotonicMs + LogCommand::partialMs; });
    QVERIFY(m_texts.isEmpty());
    m_clock.advance(LogCommand::partialMs);
    until(command, [] { return true; });
    QCOMPARE(m_texts, QByteArrayList{"no line end"});
}

void tst_log_command::floodIsBounded()
{
    LogCommand command(u"web"_s, {u"yes"_s, QString(99, u'x')});
    qint64 bytes = 0;
    const auto flooded = [&] {
        const LogTurn turn = command.turn(m_clock.now(), 10'000);
        bytes = 0;
        for (const LogLine &line : turn.lines)
            bytes += line.text.size() + 1;
        return turn.more;
    };
    QTRY_VERIFY(flooded());
    QVERIFY2(bytes <= 10'000 + 16 * 1024, qPrintable(QString::number(bytes)));
    QVERIFY(command.dueMs() <= m_clock.now().monotonicMs);
}

void tst_log_command::stopEndsTheGroup()
{
    m_texts.clear();
    {
        // Both ignore the polite signal.
        LogCommand command(u"web"_s, script(u"trap '' TERM; sleep 1000 & echo $!; echo $$; wait"_s));
        until(command, [&] { return m_texts.size() == 2; });
    }
    for (const QByteArray &pid : std::as_const(m_texts)) {
        const auto isGone = [&pid] { // its own process, or a zombie that waits for its parent
            QFile stat(u"/proc/"_s + QString::fromLatin1(pid) + u"/stat"_s);
            return !stat.open(QIODevice::ReadOnly) || stat.readAll().contains(") Z ");
        };
        QTRY_VERIFY2(isGone(), pid.constData());
    }
}

QTEST_GUILESS_MAIN(tst_log_command)
#include "tst_log_command.moc"
