#pragma once
#include "core/base/Result.h"
#include "core/model/FileActions.h"
#include "core/recovery/RecoveryAction.h"

#include <functional>

namespace prunella {

/// What a change of one timeout would do, for the intent.
struct TimeoutPlan {
    QString path;             ///< the file without links
    QString valueBefore, valueTarget; ///< as in the file
    QString fingerprint;      ///< of the file
    int line = 0;
};

/// adjust_timeout: one value of one file, then a reload or restart, so that it is in effect. When that fails, the old
/// value is put back and the reload or restart done once more: a service is not left with what it does not start with.
class AdjustTimeout final : public RecoveryAction
{
public:
    /// Makes the changed file effective.
    using Apply = std::function<ActionResult(const ActionRequest &, CancelToken &)>;

    AdjustTimeout(TimeoutConfig config, Apply apply);

    /// valueBefore, valueTarget and fingerprint of the request decide. Failed, and nothing was done: the file or the value
    /// is not what the intent says, or the rights are missing (NotAuthorised).
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// Reads the file, writes nothing. Errors are verdicts: no rights, no such key, at its max already.
    [[nodiscard]] static Result<TimeoutPlan> plan(const TimeoutConfig &config);
    /// The first of them that can still be raised; else the error of the last.
    [[nodiscard]] static Result<std::pair<QString, TimeoutPlan>> planFirst(const QList<TimeoutConfig> &configs);
    /// Puts back what a completed action changed, whatever else was changed in the file since. New ids are the caller's.
    [[nodiscard]] static ActionRequest inverseOf(const ActionRequest &done);
    /// The exact steps, as an operator is shown them.
    [[nodiscard]] static QString describe(const TimeoutConfig &config, const ActionRequest &request);

private:
    [[nodiscard]] Result<QString> change(const ActionRequest &request, const QString &from, const QString &to) const;

    const TimeoutConfig m_config;
    const Apply m_apply;
};

} // namespace prunella
