#include "core/recovery/AdjustTimeout.h"

#include "core/base/Failpoint.h"
#include "core/recovery/AtomicFile.h"
#include "core/recovery/FileEditor.h"
#include "core/recovery/TimeText.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

tl::unexpected<Error> inFile(const QString &path, const Error &error)
{
    return failure(error.code, path + u": "_s + error.message);
}

ActionResult refused(const ActionRequest &request, const Error &error)
{
    const bool rights = error.code == ErrorCode::NotAuthorised;
    return failed(request, rights ? FailureKind::NotAuthorised : FailureKind::Failed, error.message);
}

QString applyWord(const TimeoutConfig &config)
{
    const bool unitFile = config.format == FileFormat::Systemd;
    if (config.apply == ApplyBy::Reload)
        return unitFile ? u"Manager.Reload()"_s : u"ReloadUnit"_s;
    return unitFile ? u"Manager.Reload(), then restart"_s : u"restart"_s;
}

} // namespace

AdjustTimeout::AdjustTimeout(TimeoutConfig config, Apply apply) : m_config(std::move(config)), m_apply(std::move(apply)) {}

Result<TimeoutPlan> AdjustTimeout::plan(const TimeoutConfig &config)
{
    const Result<FileSnapshot> file = readWholeFile(config.file);
    if (!file)
        return tl::unexpected(file.error());
    const Result<FileValue> value = readValue(file->bytes, config.format, config.key);
    if (!value)
        return inFile(file->path, value.error());
    const Result<QString> next = nextTimeout(config, value->text);
    if (!next)
        return inFile(file->path, next.error());
    if (const Result<QByteArray> written = writeValue(file->bytes, config.format, config.key, *next); !written)
        return inFile(file->path, written.error());
    if (const Status may = mayReplaceFile(file->path); !may)
        return tl::unexpected(may.error());
    return TimeoutPlan{file->path, value->text, *next, file->fingerprint, value->line};
}

Result<std::pair<QString, TimeoutPlan>> AdjustTimeout::planFirst(const QList<TimeoutConfig> &configs)
{
    Error last{ErrorCode::Invalid, u"no timeouts are configured"_s};
    for (const TimeoutConfig &config : configs) {
        Result<TimeoutPlan> made = plan(config);
        if (made)
            return std::pair(config.name, *made);
        last = made.error();
    }
    return tl::unexpected(last);
}

ActionRequest AdjustTimeout::inverseOf(const ActionRequest &done)
{
    ActionRequest request = done;
    std::swap(request.valueBefore, request.valueTarget);
    request.fingerprint.clear();
    return request;
}

QString AdjustTimeout::describe(const TimeoutConfig &config, const ActionRequest &request)
{
    return u"%1: set %2 from %3 to %4 in %5, then %6"_s.arg(config.name, config.key, request.valueBefore, request.valueTarget, config.file, applyWord(config))
        + (config.apply == ApplyBy::Reload && config.format == FileFormat::Systemd ? QString() : u" of "_s + (request.unit.isEmpty() ? request.target : request.unit));
}

/// The backup's path; empty: the file holds the value already.
Result<QString> AdjustTimeout::change(const ActionRequest &request, const QString &from, const QString &to) const
{
    const Result<FileSnapshot> file = readWholeFile(m_config.file);
    if (!file)
        return tl::unexpected(file.error());
    if (!request.fingerprint.isEmpty() && request.valueBefore == from && file->fingerprint != request.fingerprint)
        return failure(ErrorCode::Busy, file->path + u" was changed since the action was decided; nothing was done"_s);
    const Result<FileValue> value = readValue(file->bytes, m_config.format, m_config.key);
    if (!value)
        return inFile(file->path, value.error());
    if (value->text == to && request.fingerprint.isEmpty()) // once more, or taken back once more: it is to be in effect as well
        return QString();
    if (value->text != from)
        return failure(ErrorCode::Busy, u"%1 line %2: %3 is %4, not %5 as when the action was decided; nothing was done"_s
                                            .arg(file->path).arg(value->line).arg(m_config.key, value->text, from));
    const Result<QByteArray> bytes = writeValue(file->bytes, m_config.format, m_config.key, to);
    if (!bytes)
        return inFile(file->path, bytes.error());
    return replaceFile(*file, *bytes);
}

ActionResult AdjustTimeout::run(const ActionRequest &request, CancelToken &token)
{
    if (request.valueBefore.isEmpty() || request.valueTarget.isEmpty())
        return failed(request, FailureKind::Failed, u"the intent names no values; nothing was done"_s);
    const Result<QString> changed = change(request, request.valueBefore, request.valueTarget);
    if (!changed)
        return refused(request, changed.error());
    failpoint("file_changed");
    const QString text = changed->isEmpty() ? u"%1 is %2 already"_s.arg(m_config.key, request.valueTarget)
        : u"%1 is %2 now (was %3), backup %4"_s.arg(m_config.key, request.valueTarget, request.valueBefore, *changed);
    ActionResult applied = m_apply(request, token);
    if (applied.status == ActionStatus::Completed || applied.status == ActionStatus::Unknown) {
        applied.output = text + u"; "_s + applied.output;
        return applied;
    }
    const QString why = applied.output;
    if (const Result<QString> back = change(request, request.valueTarget, request.valueBefore); !back) {
        applied.output = u"%1; %2; the old value could not be put back: %3"_s.arg(text, why, back.error().message);
        return applied;
    }
    // A token that was cancelled lets nothing run any more; the old value is in the file for the next start.
    const ActionResult again = m_apply(request, token);
    applied.output = u"%1; the old value %2 is back in the file; %3"_s.arg(why, request.valueBefore, again.output);
    return applied;
}

} // namespace prunella
