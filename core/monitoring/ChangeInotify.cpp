#include "core/monitoring/ChangeInotify.h"

#include <QFile>
#include <QFileInfo>

#include <array>
#include <fnmatch.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr quint32 events = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF
    | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int mostHops = 40; // as the kernel's own limit

bool fits(const QString &pattern, const QString &name)
{
    return pattern == name || (hasWildcard(pattern) && ::fnmatch(qUtf8Printable(pattern), qUtf8Printable(name), FNM_PERIOD) == 0);
}

QString below(const QString &directory, const QString &name)
{
    return directory.endsWith(u'/') ? QString(directory + name) : QString(directory + u'/' + name);
}

} // namespace

bool hasWildcard(const QString &name)
{
    return name.contains(u'*') || name.contains(u'?') || name.contains(u'[');
}

QList<ChangeInotify::Step> stepsTo(const QString &path)
{
    QList<ChangeInotify::Step> steps;
    QString directory = u"/"_s;
    QStringList rest = path.split(u'/', Qt::SkipEmptyParts);
    for (int hops = 0; !rest.isEmpty() && hops < mostHops;) {
        const QString name = rest.takeFirst();
        if (name == u"."_s)
            continue;
        if (name == u".."_s) {
            directory = QFileInfo(directory).path();
            continue;
        }
        steps.append({directory, name});
        const QString here = below(directory, name);
        struct stat facts = {};
        if (::lstat(QFile::encodeName(here).constData(), &facts) != 0)
            break;
        if (S_ISLNK(facts.st_mode)) {
            ++hops;
            std::array<char, 4096> target;
            const ssize_t length = ::readlink(QFile::encodeName(here).constData(), target.data(), target.size());
            const QString text = QFile::decodeName(QByteArray(target.data(), std::max<ssize_t>(0, length)));
            if (text.startsWith(u'/'))
                directory = u"/"_s;
            rest = text.split(u'/', Qt::SkipEmptyParts) + rest;
        } else if (S_ISDIR(facts.st_mode)) {
            directory = here;
        } else {
            break;
        }
    }
    return steps;
}

ChangeInotify::ChangeInotify() : m_fd(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

ChangeInotify::~ChangeInotify()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

void ChangeInotify::setSteps(const QString &key, const QList<Step> &steps)
{
    const QList<Step> before = m_steps.take(key);
    for (const Step &step : steps)
        addStep(key, step);
    for (const Step &step : before) {
        if (steps.contains(step))
            continue;
        auto &names = m_keys[step.directory];
        names[step.name].erase(key);
        if (names[step.name].empty())
            names.remove(step.name);
        if (!names.isEmpty())
            continue;
        m_keys.remove(step.directory);
        m_unwatched.erase(step.directory);
        const int number = m_numbers.take(step.directory);
        m_directories[number].removeAll(step.directory);
        if (m_directories.value(number).isEmpty()) {
            m_directories.remove(number);
            ::inotify_rm_watch(m_fd, number);
        }
    }
    if (!steps.isEmpty())
        m_steps.insert(key, steps);
}

/// Asked anew each time: the directory of this path may be another one than before.
void ChangeInotify::addStep(const QString &key, const Step &step)
{
    m_keys[step.directory][step.name].insert(key);
    const int number = m_fd < 0 ? -1 : ::inotify_add_watch(m_fd, QFile::encodeName(step.directory).constData(), events);
    const int before = m_numbers.value(step.directory, -1);
    if (before >= 0 && before != number) {
        m_directories[before].removeAll(step.directory);
        m_numbers.remove(step.directory);
    }
    if (number < 0) {
        m_unwatched.insert(step.directory);
        return;
    }
    m_unwatched.erase(step.directory);
    m_numbers.insert(step.directory, number);
    if (!m_directories[number].contains(step.directory))
        m_directories[number].append(step.directory);
}

ChangeInotify::News ChangeInotify::drain()
{
    News news;
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;
    for (ssize_t length = 0; m_fd >= 0 && (length = ::read(m_fd, buffer.data(), buffer.size())) > 0;) {
        for (ssize_t at = 0; at < length;) {
            const auto *event = reinterpret_cast<const inotify_event *>(buffer.data() + at);
            read(event->wd, event->mask, event->len > 0 ? QFile::decodeName(event->name) : QString(), news);
            at += ssize_t(sizeof(inotify_event) + event->len);
        }
    }
    return news;
}

void ChangeInotify::read(int number, quint32 mask, const QString &name, News &news) const
{
    if (mask & IN_Q_OVERFLOW) {
        news.all = true;
        return;
    }
    const bool itself = mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED);
    for (const QString &directory : m_directories.value(number)) {
        const auto names = m_keys.value(directory);
        for (auto it = names.cbegin(); it != names.cend(); ++it) {
            if (itself || fits(it.key(), name))
                news.touched.insert(it.value().cbegin(), it.value().cend());
        }
    }
}

} // namespace prunella
