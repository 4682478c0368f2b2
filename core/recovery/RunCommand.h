#pragma once
#include "core/model/FileActions.h"
#include "core/recovery/ChildRun.h"
#include "core/recovery/RecoveryAction.h"

namespace prunella {

/// run_command: one configured argument vector, never a shell. Exit status 0 is success, everything else a failure with
/// the status and what the command said.
class RunCommand final : public RecoveryAction
{
public:
    static constexpr int standardGraceMs = 5000; ///< between SIGTERM and SIGKILL

    explicit RunCommand(CommandConfig config, int graceMs = standardGraceMs);
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// Everything looked up, nothing executed. NotAuthorised: another user without being root, a program that cannot be
    /// executed, or that somebody other than root, we and its user could have changed. NotFound: no program, folder, user.
    [[nodiscard]] static Result<ChildSpec> prepare(const CommandConfig &config);
    /// The first that is for this cause, or for any; nothing: none is.
    [[nodiscard]] static const CommandConfig *commandFor(const QList<CommandConfig> &commands, const QString &causeId);
    /// The exact call, as an operator is shown it: run ["/usr/bin/x", "-a"] as web in /srv, at most 60 s
    [[nodiscard]] static QString describe(const CommandConfig &config);

private:
    const CommandConfig m_config;
    const int m_graceMs;
};

/// "[a, "b c"]" as people are shown argument vectors.
[[nodiscard]] QString quotedVector(const QStringList &words);

} // namespace prunella
