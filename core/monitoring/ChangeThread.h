#pragma once
// The thread that looks at configuration files and the package log. One of its own: a file on a dead NFS server hangs, and
// that must not delay a repair.
#include "core/base/Mailbox.h"
#include "core/monitoring/ChangePaths.h"
#include "core/model/Change.h"
#include "core/monitoring/MonitorCancel.h"

#include <thread>
#include <variant>

namespace prunella {

class Clock;

/// Everything that is to be watched.
struct ChangePlan {
    QList<WatchedPath> paths;
    QMap<QString, QString> known;        ///< ChangeFiles' memory, of an earlier engine too
    QMap<QString, QStringList> owned;    ///< service -> files by which a package owns it
    QString packageLog;                  ///< empty: not read
    QString packageInfo;                 ///< directory of the packages' file lists
    QString packagePosition;             ///< how far the log was read; only the first plan's counts
};

struct ChangeBatch {
    QList<ChangeRecord> changes;
    QMap<QString, QString> remembered;   ///< ChangeFiles::Turn
    std::optional<QString> packagePosition;
    std::optional<QString> problem;      ///< when it is another one; empty: good again
};

class ChangeThread
{
public:
    /// After a turn it rests a moment: a directory in which much happens costs some looks a second, not one a file.
    static constexpr int restMs = 20;

    /// `wake` is called in the thread when takeAll() has something new.
    ChangeThread(std::shared_ptr<const Clock> clock, std::function<void()> wake);
    ~ChangeThread();

    void setPlan(ChangePlan plan);
    [[nodiscard]] std::vector<ChangeBatch> takeAll();
    /// Returns within two seconds, also when a read hangs: then the thread is left to it.
    void stop();

private:
    struct Shared;
    class Round;
    static void run(const std::shared_ptr<Shared> &shared, const std::shared_ptr<const Clock> &clock);

    std::shared_ptr<Shared> m_shared; ///< outlives this when the thread hangs
    std::thread m_thread;
};

} // namespace prunella
