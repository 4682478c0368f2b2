#pragma once
// Which watched path is touched by what happens in a directory. Editors replace files by rename, deployments switch links
// on the way: so it is the directories that are watched, each for the names on the way of a path. Only a hint: what has
// changed is found by looking, and everything is looked at every minute anyway.
#include <QMap>
#include <QStringList>

#include <set>

namespace prunella {

class ChangeInotify
{
public:
    /// A name in a directory, on the way to a path; it may have * ? [ ].
    struct Step { QString directory, name; bool operator==(const Step &) const = default; };
    struct News { std::set<QString> touched; bool all = false; }; ///< all: the kernel's queue ran over, anything may have changed

    ChangeInotify();
    ~ChangeInotify();
    ChangeInotify(const ChangeInotify &) = delete;
    ChangeInotify &operator=(const ChangeInotify &) = delete;

    /// negative when the system has none left (fs.inotify.max_user_instances)
    [[nodiscard]] int fd() const { return m_fd; }
    /// What touches `key` from now on, in place of what did; no steps: nothing.
    void setSteps(const QString &key, const QList<Step> &steps);
    [[nodiscard]] News drain();
    /// Directories that could not be watched (fs.inotify.max_user_watches); they are looked at every minute only.
    [[nodiscard]] int unwatched() const { return int(m_unwatched.size()); }

private:
    void addStep(const QString &key, const Step &step);
    void read(int number, quint32 mask, const QString &name, News &news) const;

    int m_fd;
    QMap<int, QStringList> m_directories;          ///< one inode may have several paths
    QMap<QString, int> m_numbers;                  ///< of a directory
    QMap<QString, QMap<QString, std::set<QString>>> m_keys; ///< directory -> name -> keys
    QMap<QString, QList<Step>> m_steps;
    std::set<QString> m_unwatched;
};

/// The way to a path through its links and as far as it exists: each directory with the name that is looked up in it. The
/// last part may have * ? [ ].
[[nodiscard]] QList<ChangeInotify::Step> stepsTo(const QString &path);
/// Has it * ? or [ ]?
[[nodiscard]] bool hasWildcard(const QString &name);

} // namespace prunella
