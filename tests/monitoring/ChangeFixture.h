#pragma once
// A folder with files, what watches them, and what was told; the clock is driven by hand.
#include "core/monitoring/ChangeFiles.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <unistd.h>

namespace prunella::test {

struct ChangeWorld
{
    ChangeWorld() { clock.advance(1000); }
    [[nodiscard]] QString path(const QString &name) const { return dir.path() + u'/' + name; }
    void write(const QString &name, const QByteArray &text) const
    {
        QDir().mkpath(QFileInfo(path(name)).path());
        QFile file(path(name));
        QVERIFY2(file.open(QIODevice::WriteOnly | QIODevice::Truncate), qPrintable(name));
        QCOMPARE(file.write(text), text.size());
    }
    /// As editors and package managers do it.
    void replace(const QString &name, const QByteArray &text) const
    {
        write(name + QStringLiteral(".new"), text);
        rename(name + QStringLiteral(".new"), name);
    }
    void rename(const QString &from, const QString &to) const { QCOMPARE(::rename(qPrintable(path(from)), qPrintable(path(to))), 0); }
    void link(const QString &target, const QString &name) const { QCOMPARE(::symlink(qPrintable(target), qPrintable(path(name))), 0); }
    void watch(const QStringList &names, const QString &component = QStringLiteral("web"))
    {
        QList<WatchedPath> paths;
        for (const QString &name : names)
            paths.append({component, path(name), hasWildcard(name)});
        files->setPaths(paths, memory);
        take();
    }
    /// Another engine, with what this one has left.
    void restart(const QStringList &names)
    {
        files = std::make_unique<ChangeFiles>();
        watch(names);
    }
    void take()
    {
        ChangeFiles::Turn turn = files->turn(clock.now());
        for (const ChangeRecord &change : turn.changes) {
            if (!told.contains(change.id))
                order.append(change.id);
            told.insert(change.id, change);
        }
        for (auto it = turn.remembered.cbegin(); it != turn.remembered.cend(); ++it) {
            if (it.value().isEmpty())
                memory.remove(it.key());
            else
                memory.insert(it.key(), it.value());
        }
    }
    /// The look that follows an event.
    void settle(qint64 ms = ChangeFiles::settleMs)
    {
        take();
        clock.advance(ms);
        take();
    }
    /// What was told since the last call, without the folder's name, joined by '|'.
    [[nodiscard]] QString news()
    {
        settle();
        QStringList lines;
        for (const QString &id : std::as_const(order))
            lines.append(QString(told.value(id).detail).remove(dir.path() + u'/'));
        order.clear();
        told.clear();
        clock.advance(ChangeFiles::togetherMs + 1);
        return lines.join(u'|');
    }

    QTemporaryDir dir;
    ManualClock clock;
    std::unique_ptr<ChangeFiles> files = std::make_unique<ChangeFiles>();
    QMap<QString, QString> memory;
    QMap<QString, ChangeRecord> told;
    QStringList order;
};

} // namespace prunella::test
