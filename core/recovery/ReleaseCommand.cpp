#include "core/recovery/ReleaseCommand.h"

#include "core/recovery/RunCommand.h"

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype longestRelease = 200;

} // namespace

QStringList ReleaseCommand::rollbackCall(const QString &from, const QString &to) const
{
    return m_config.rollbackCommand + QStringList{u"rollback"_s, m_service, from, to};
}

Result<QString> ReleaseCommand::current(const CancelToken &token)
{
    const Result<ChildEnd> end = runTool(u"current"_s, m_config.currentCommand + QStringList{u"current"_s, m_service}, m_config.timeoutMs, token);
    if (!end)
        return tl::unexpected(end.error());
    const QString text = toolText(u"current"_s, *end);
    if (end->why == ChildEnd::Why::Ended && !end->signalled && end->status == NoRights)
        return failure(ErrorCode::NotAuthorised, text);
    if (!succeeded(*end))
        return failure(ErrorCode::Io, text);
    const QString release = end->output.trimmed();
    if (release.isEmpty() || release.contains(u'\n') || release.size() > longestRelease)
        return failure(ErrorCode::Invalid, text + u"\nexpected one line with the release, of at most %1 characters"_s.arg(longestRelease));
    return release;
}

Status ReleaseCommand::mayGo(const QString &, const CancelToken &)
{
    CommandConfig config;
    config.name = u"rollback"_s;
    config.command = m_config.rollbackCommand;
    const Result<ChildSpec> ready = RunCommand::prepare(config);
    // Without its program no release can be had: that is no reason to try an older one.
    if (ready)
        return {};
    return failure(ready.error().code == ErrorCode::NotAuthorised ? ErrorCode::NotAuthorised : ErrorCode::Internal, ready.error().message);
}

Switched ReleaseCommand::go(const QString &from, const QString &to, const CancelToken &token)
{
    const Result<ChildEnd> end = runTool(u"rollback"_s, rollbackCall(from, to), m_config.timeoutMs, token);
    if (!end)
        return notSwitched(end.error());
    const QString text = toolText(u"rollback"_s, *end);
    if (end->why != ChildEnd::Why::Ended || end->signalled)
        return {ActionStatus::Unknown, FailureKind::Timeout, text};
    switch (end->status) {
    case Done:
    case NothingToDo: {
        const Result<QString> now = current(token);
        if (now && *now == to)
            return {ActionStatus::Completed, FailureKind::None, text};
        return {now ? ActionStatus::Failed : ActionStatus::Unknown, FailureKind::Failed,
                text + u'\n' + (now ? u"but the release is %1, not %2"_s.arg(*now, to) : now.error().message)};
    }
    case NothingChanged:
        return {ActionStatus::Failed, FailureKind::Failed, text};
    case NoRights:
        return {ActionStatus::Failed, FailureKind::NotAuthorised, text};
    default: // Halfway, and what the interface does not know
        return {ActionStatus::Unknown, FailureKind::Failed, text};
    }
}

QString ReleaseCommand::describe(const QString &from, const QString &to) const
{
    return u"run %1, at most %2 s"_s.arg(quotedVector(rollbackCall(from, to))).arg(double(m_config.timeoutMs) / 1000);
}

} // namespace prunella
