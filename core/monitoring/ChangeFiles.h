#pragma once
// The watched files of all services and what they looked like. Driven by the thread that owns it: turn() looks at what
// was touched. It reads files, so it may wait for a disk.
#include "core/base/Clock.h"
#include "core/monitoring/ChangeBurst.h"
#include "core/monitoring/ChangeFingerprint.h"
#include "core/monitoring/ChangeInotify.h"
#include "core/monitoring/ChangePaths.h"

#include <map>

namespace prunella {

class ChangeFiles
{
public:
    static constexpr qint64 settleMs = 100;      ///< from the first touch to the look: a file that is being replaced
    static constexpr qint64 togetherMs = 2000;   ///< what follows so soon is the same change, and its record is renewed
    static constexpr qint64 longestMs = 10'000;  ///< but one change lasts no longer
    static constexpr qint64 sweepMs = 60'000;    ///< everything is looked at this often even if nobody tells
    static constexpr int mostInMinute = 20;      ///< changed files of a service in a minute; of more there is one record
    static constexpr int mostPerPattern = 500;   ///< files that one pattern may stand for

    struct Turn {
        QList<ChangeRecord> changes;         ///< new, or with an id that was given out before and more to say
        QMap<QString, QString> remembered;   ///< for the next engine; an empty value: to be forgotten
    };

    /// `known`: what an earlier engine remembered; the first call's counts. A path that is known and looks otherwise now is a
    /// change; one that is not known is just looked at.
    void setPaths(const QList<WatchedPath> &paths, const QMap<QString, QString> &known);
    [[nodiscard]] Turn turn(const Now &now);
    [[nodiscard]] qint64 dueMs() const { return m_dueMs; } ///< monotonic ms of the next turn
    [[nodiscard]] int fd() const { return m_inotify.fd(); }
    [[nodiscard]] int unwatched() const { return m_inotify.unwatched(); }
    /// The key of a path in what is remembered.
    [[nodiscard]] static QString keyOf(const WatchedPath &path);

private:
    struct Ongoing { ChangeRecord record; FileFingerprint before; qint64 firstMs = 0, lastMs = 0; };
    struct Entry {
        WatchedPath path;
        QString ofPattern;                      ///< key of the pattern that has found it
        bool fresh = true;                      ///< not looked at yet
        FileFingerprint seen;
        QList<ChangeInotify::Step> steps;
        qint64 dueMs = 0;                       ///< 0: not touched
        std::optional<Ongoing> ongoing;
    };

    Entry &add(const WatchedPath &path, const QString &ofPattern = {});
    void touch(const Now &now);
    void follow(Entry &entry);
    void look(Entry &entry, const Now &now, Turn &turn);
    void lookFirst(Entry &entry, const FileFingerprint &after, const Now &now, Turn &turn);
    void lookForFiles(Entry &pattern, const Now &now, Turn &turn);
    void changed(Entry &entry, const FileFingerprint &after, const Now &now, Turn &turn);
    void remember(const QString &key, const QString &text, Turn &turn);
    void forgetGone(const Now &now);
    [[nodiscard]] QStringList filesOf(const WatchedPath &pattern) const;

    ChangeInotify m_inotify;
    std::map<QString, Entry> m_entries;         ///< by key
    QMap<QString, QString> m_known, m_forgotten;
    bool m_isSet = false;
    ChangeBurst m_burst{mostInMinute, QStringLiteral("files")};
    qint64 m_dueMs = 0, m_sweepMs = 0;
};

} // namespace prunella
