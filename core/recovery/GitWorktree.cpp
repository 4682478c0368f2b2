#include "core/recovery/GitWorktree.h"

#include "core/recovery/OpenFile.h"

#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include <cerrno>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QString tagPrefix = u"refs/tags/"_s;

bool isCommitId(const QString &text)
{
    static const QRegularExpression hex(u"^([0-9a-f]{40}|[0-9a-f]{64})$"_s);
    return hex.match(text).hasMatch();
}

/// A tag or a commit's id as git takes it without doubt.
QString refOf(const QString &release)
{
    return isCommitId(release) ? release : tagPrefix + release;
}

} // namespace

/// Empty: it is ours. git itself refuses a work tree of another user ("dubious ownership").
Result<QString> GitWorktree::owner() const
{
    struct stat info {};
    if (stat(QFile::encodeName(m_config.path).constData(), &info) != 0)
        return systemFailure(u"cannot look at the work tree "_s + m_config.path, errno);
    if (!QFileInfo::exists(m_config.path + u"/.git"_s)) // else git would take a repository further up
        return failure(ErrorCode::Invalid, m_config.path + u" is no work tree of git: there is no .git in it"_s);
    if (info.st_uid == geteuid())
        return QString();
    QByteArray buffer(16 * 1024, '\0');
    passwd entry{};
    passwd *found = nullptr;
    getpwuid_r(info.st_uid, &entry, buffer.data(), std::size_t(buffer.size()), &found);
    if (!found)
        return failure(ErrorCode::NotFound, u"%1 belongs to uid %2, which is no user of this machine"_s.arg(m_config.path).arg(info.st_uid));
    return QString::fromLocal8Bit(entry.pw_name);
}

Result<ChildEnd> GitWorktree::runGit(const QStringList &arguments, const CancelToken &token) const
{
    const Result<QString> user = owner();
    if (!user)
        return tl::unexpected(user.error());
    return runTool(u"git"_s, QStringList{u"git"_s, u"-C"_s, m_config.path} + arguments, m_config.timeoutMs, token, *user,
                   {{u"GIT_TERMINAL_PROMPT"_s, u"0"_s}, {u"GIT_OPTIONAL_LOCKS"_s, u"0"_s}});
}

Result<QString> GitWorktree::git(const QStringList &arguments, const CancelToken &token) const
{
    const Result<ChildEnd> end = runGit(arguments, token);
    if (!end)
        return tl::unexpected(end.error());
    if (!succeeded(*end))
        return failure(ErrorCode::NotFound, toolText(u"git "_s + arguments.value(0), *end));
    return end->output;
}

/// git's warnings stand in the same output, so that a line counts only in the form that was asked for.
Result<QString> GitWorktree::current(const CancelToken &token)
{
    QStringList asked{u"tag"_s, u"--points-at"_s, u"HEAD"_s, u"--sort=creatordate"_s, u"--format=%(refname)"_s, u"--list"_s};
    if (!m_config.tags.isEmpty())
        asked.append(m_config.tags);
    const Result<QString> tags = git(asked, token);
    if (!tags)
        return tags;
    for (const QString &line : tags->split(u'\n'))
        if (line.startsWith(tagPrefix))
            return line.mid(tagPrefix.size());
    const Result<QString> head = git({u"rev-parse"_s, u"--verify"_s, u"HEAD"_s}, token);
    for (const QString &line : head.value_or(QString()).split(u'\n'))
        if (isCommitId(line))
            return line;
    return head ? failure(ErrorCode::Invalid, u"git tells no commit of %1"_s.arg(m_config.path)) : head;
}

Status GitWorktree::mayGo(const QString &to, const CancelToken &token)
{
    if (const Result<QString> known = git({u"rev-parse"_s, u"--quiet"_s, u"--verify"_s, refOf(to) + u"^{commit}"_s}, token); !known)
        return known.error().code == ErrorCode::NotFound ? failure(ErrorCode::NotFound, u"git knows no %1 in %2"_s.arg(refOf(to), m_config.path))
                                                         : Status(tl::unexpected(known.error()));
    const Result<QString> lock = git({u"rev-parse"_s, u"--git-path"_s, u"index.lock"_s}, token);
    if (!lock)
        return tl::unexpected(lock.error());
    const QString lockFile = lock->startsWith(u'/') ? *lock : m_config.path + u'/' + *lock;
    if (QFileInfo::exists(lockFile))
        return failure(ErrorCode::Busy, u"somebody else is using git in %1 (or a git that was killed left %2)"_s.arg(m_config.path, lockFile));
    const Result<QString> changed = git({u"status"_s, u"--porcelain"_s, u"--untracked-files=no"_s}, token);
    if (!changed)
        return tl::unexpected(changed.error());
    if (!changed->isEmpty())
        return failure(ErrorCode::Unavailable, u"%1 has changes that are in no commit (%2): commit them or take them back first"_s.arg(
                                            m_config.path, changed->section(u'\n', 0, 2).simplified()));
    return {};
}

Switched GitWorktree::go(const QString &from, const QString &to, const CancelToken &token)
{
    const Result<ChildEnd> end = runGit({u"checkout"_s, u"--quiet"_s, u"--detach"_s, refOf(to)}, token);
    if (!end)
        return notSwitched(end.error());
    const QString text = toolText(u"git checkout"_s, *end);
    if (succeeded(*end))
        return {ActionStatus::Completed, FailureKind::None, u"%1 is at %2 now (was %3)"_s.arg(m_config.path, to, from)};
    if (end->why == ChildEnd::Why::Ended && !end->signalled) // it refused, and says why: git changes nothing then
        return {ActionStatus::Failed, FailureKind::Failed, text};
    return {ActionStatus::Unknown, FailureKind::Timeout, text + u"\nwhich files of %1 were changed is not known"_s.arg(m_config.path)};
}

QString GitWorktree::describe(const QString &from, const QString &to) const
{
    return u"git -C %1 checkout --detach %2 (now %3)"_s.arg(m_config.path, refOf(to), from);
}

} // namespace prunella
