#pragma once
// A log file to write to, and a reader of it that is driven by hand.
#include "core/monitoring/LogFile.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <unistd.h>

namespace prunella::test {

class LogFolder
{
public:
    [[nodiscard]] QString path(const QString &name = QStringLiteral("web.log")) const { return m_dir.filePath(name); }
    void append(const QByteArray &text, const QString &name = QStringLiteral("web.log")) const
    {
        QFile file(path(name));
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Append));
        QCOMPARE(file.write(text), text.size());
    }
    void rename(const QString &from, const QString &to) const { QVERIFY(::rename(qPrintable(path(from)), qPrintable(path(to))) == 0); }
    void remove(const QString &name = QStringLiteral("web.log")) const { QVERIFY(QFile::remove(path(name))); }
    void copy(const QString &from, const QString &to) const { QVERIFY(QFile::copy(path(from), path(to))); }
    void truncate(const QString &name = QStringLiteral("web.log")) const { QVERIFY(::truncate(qPrintable(path(name)), 0) == 0); }

private:
    QTemporaryDir m_dir;
};

class LogTail
{
public:
    explicit LogTail(QString path, LogWatch *watch = nullptr) : m_path(std::move(path)), m_watch(watch) { restart({}); }
    /// Another reader takes over where this one stood, as after a restart of the engine.
    void restart() { restart(m_file->position()); }
    void restart(const QString &position)
    {
        m_file.reset();
        m_file = std::make_unique<LogFile>(QStringLiteral("web"), m_path, position, m_watch);
    }
    /// Takes turns until there is no more; the lines joined by '|'.
    [[nodiscard]] QByteArray take(qint64 budget = 1 << 20)
    {
        QByteArrayList texts;
        for (const LogLine &line : takeLines(budget))
            texts.append(line.text);
        return texts.join('|');
    }
    [[nodiscard]] QList<LogLine> takeLines(qint64 budget = 1 << 20)
    {
        QList<LogLine> lines;
        for (bool more = true; more;) {
            LogTurn turn = m_file->turn(m_clock.now(), budget);
            lines += turn.lines;
            more = turn.more;
        }
        return lines;
    }
    void pass(qint64 ms) { m_clock.advance(ms); }
    [[nodiscard]] LogFile &file() { return *m_file; }

private:
    QString m_path;
    LogWatch *m_watch;
    ManualClock m_clock;
    std::unique_ptr<LogFile> m_file;
};

} // namespace prunella::test
