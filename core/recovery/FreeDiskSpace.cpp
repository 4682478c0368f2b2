#include "core/recovery/FreeDiskSpace.h"

#include "core/base/Failpoint.h"
#include "core/recovery/DiskFolder.h"
#include "core/recovery/RunCommand.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = DiskRuleConfig::Kind;

constexpr int toldAtMost = 10; ///< files that were left alone, by name

struct Outcome {
    QStringList lines;
    bool anything = false;    ///< was deleted
    FailureKind failure = FailureKind::Failed;
};

void deleteFiles(const DiskStep &step, CancelToken &token, Outcome &out)
{
    int count = 0, left = 0;
    qint64 bytes = 0;
    QStringList told;
    for (const DiskFile &file : step.files) {
        if (token.isCancelled())
            break;
        const QString why = deleteDiskFile(step.folder, file);
        if (why.isEmpty()) {
            ++count;
            bytes += file.bytes;
            failpoint("file_deleted");
        } else if (++left <= toldAtMost) {
            told.append(u"%1 left alone: %2"_s.arg(file.name, why));
        }
    }
    out.anything |= count > 0;
    out.lines.append(u"deleted %1 of %2 files (%3) in %4"_s.arg(count).arg(step.files.size()).arg(sizeText(bytes), step.folder));
    out.lines.append(told);
    if (left > toldAtMost)
        out.lines.append(u"%1 more left alone"_s.arg(left - toldAtMost));
}

/// The plan comes back from the journal: only what the rules still say is done, and only these two commands are ever run.
bool isKnown(const DiskStep &step, const QList<DiskRuleConfig> &rules)
{
    const bool ruled = std::any_of(rules.cbegin(), rules.cend(), [&](const DiskRuleConfig &rule) {
        return rule.kind == step.kind && (step.kind != Kind::Files || rule.folder == step.folder);
    });
    if (!ruled || step.kind == Kind::Files)
        return ruled;
    if (step.kind == Kind::PackageCache)
        return step.command == QStringList{u"apt-get"_s, u"clean"_s};
    const auto vacuums = [](const QString &word) { return word.startsWith(u"--vacuum-size=") || word.startsWith(u"--vacuum-time="); };
    return step.command.size() > 1 && step.command.constFirst() == u"journalctl" && std::all_of(step.command.cbegin() + 1, step.command.cend(), vacuums);
}

void runStep(const ActionRequest &request, const DiskStep &step, CancelToken &token, Outcome &out)
{
    CommandConfig config;
    config.name = step.command.constFirst();
    config.command = step.command;
    config.timeoutMs = request.timeoutMs;
    RunCommand action(config);
    const ActionResult result = action.run(request, token);
    out.anything |= result.status == ActionStatus::Completed;
    if (result.status != ActionStatus::Completed)
        out.failure = result.failure;
    out.lines.append(result.output);
}

} // namespace

FreeDiskSpace::FreeDiskSpace(QList<DiskRuleConfig> rules) : m_rules(std::move(rules)) {}

ActionResult FreeDiskSpace::run(const ActionRequest &request, CancelToken &token)
{
    const std::optional<DiskPlan> plan = diskPlanFromJson(request.plan);
    if (!plan || plan->steps.isEmpty())
        return failed(request, FailureKind::Failed, u"the intent lists nothing to delete; nothing was done"_s);
    Outcome outcome;
    for (const DiskStep &step : plan->steps) {
        if (token.isCancelled())
            break;
        if (!isKnown(step, m_rules))
            outcome.lines.append(u"left alone, for no rule says it: "_s + (step.kind == Kind::Files ? step.folder : quotedVector(step.command)));
        else if (step.kind == Kind::Files)
            deleteFiles(step, token, outcome);
        else
            runStep(request, step, token, outcome);
    }
    const QString text = outcome.lines.join(u'\n').left(4096);
    if (token.isCancelled())
        return cancelled(request, text);
    return outcome.anything ? completed(request, text) : failed(request, outcome.failure, text);
}

} // namespace prunella
