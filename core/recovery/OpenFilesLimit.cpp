#include "core/recovery/OpenFilesLimit.h"

#include "core/base/Failpoint.h"
#include "core/recovery/SystemdRestart.h"
#include "core/recovery/UnitLimits.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr int processLooks = 40;
constexpr std::chrono::milliseconds processPause{50};

QString word(quint64 value) { return value == noLimit ? u"infinity"_s : QString::number(value); }

/// What the drop-in is to hold, and what it may hold now.
struct Files {
    QString path;
    DropInBytes expected, wanted;
};

Result<Files> filesOf(const LimitPlan &plan, bool userManager)
{
    const LimitChange &soft = plan.changes.constFirst(), &hard = plan.changes.constLast();
    const Result<QByteArray> raised = plan.restores ? withOpenFiles(soft.dropInBefore, soft.from, hard.from)
                                                    : withOpenFiles(soft.dropInBefore, soft.to, hard.to);
    if (!raised)
        return tl::unexpected(raised.error());
    Files files{limitsDropIn(userManager, plan.runtime, soft.unit), soft.dropInBefore, *raised};
    if (plan.restores)
        std::swap(files.expected, files.wanted);
    return files;
}

struct Present { quint64 soft = 0; qint64 mainPid = 0; };

Result<Present> presentOf(UnitCalls &calls, const QString &unit)
{
    const Result<UnitRow> row = calls.unit(unit);
    if (!row)
        return tl::unexpected(row.error());
    const Result<quint64> soft = calls.number(unit, *row, "LimitNOFILESoft");
    const Result<UnitFacts> facts = calls.facts(unit, *row);
    if (!soft || !facts)
        return tl::unexpected(!soft ? soft.error() : facts.error());
    return Present{*soft, facts->mainPid};
}

/// A program may lower or raise its soft limit itself; the hard one tells then.
bool fits(const std::pair<quint64, quint64> &process, quint64 soft, quint64 hard)
{
    return process.first == soft || process.second == hard;
}

} // namespace

OpenFilesLimit::OpenFilesLimit(bool userManager, std::shared_ptr<SystemdRestart> systemd, std::shared_ptr<RecoveryAction> restart)
    : m_userManager(userManager), m_systemd(std::move(systemd)), m_restart(std::move(restart))
{
}

ActionResult OpenFilesLimit::apply(const ActionRequest &request, CancelToken &token, quint64 soft, quint64 hard) const
{
    ActionResult read = m_systemd->reloadManager(request, token);
    if (read.status != ActionStatus::Completed)
        return read;
    ActionResult restarted = m_restart->run(request, token);
    if (restarted.status != ActionStatus::Completed)
        return restarted;
    const auto calls = UnitCalls::open(m_userManager, token, request.timeoutMs);
    const Result<Present> now = calls ? presentOf(**calls, request.unit) : tl::unexpected(calls.error());
    if (!now)
        return endedBy(now.error(), request, token);
    if (now->soft != soft)
        return failed(request, FailureKind::Failed, u"LimitNOFILE of %1 is %2 after it was set to %3"_s.arg(request.unit, word(now->soft), word(soft)));
    // A simple unit counts as started before its process has set its limits.
    auto process = openFilesOf(now->mainPid);
    for (int i = 0; process && !fits(*process, soft, hard) && i < processLooks && !token.wait(processPause); ++i)
        process = openFilesOf(now->mainPid);
    if (process && !fits(*process, soft, hard))
        return failed(request, FailureKind::Failed, u"process %1 may open %2 files after the restart, not %3"_s
                          .arg(now->mainPid).arg(word(process->first), word(soft)));
    return restarted;
}

ActionResult OpenFilesLimit::run(const ActionRequest &request, CancelToken &token)
{
    const std::optional<LimitPlan> plan = limitPlanFromJson(request.plan);
    if (!plan || plan->changes.size() != 2)
        return failed(request, FailureKind::Failed, u"the intent names no values; nothing was done"_s);
    const LimitChange &soft = plan->changes.constFirst(), &hard = plan->changes.constLast();
    const Result<Files> files = filesOf(*plan, m_userManager);
    const auto calls = UnitCalls::open(m_userManager, token, request.timeoutMs, request.interactive);
    const Result<Present> now = calls ? presentOf(**calls, request.unit) : tl::unexpected(calls.error());
    if (!files || !now)
        return endedBy(!files ? files.error() : now.error(), request, token);
    if (now->soft != soft.from && now->soft != soft.to)
        return failed(request, FailureKind::Failed, u"LimitNOFILE of %1 is %2, not %3 as when the action was decided; nothing was done"_s
                          .arg(request.unit, word(now->soft), word(soft.from)));
    const QString text = u"LimitNOFILE=%1:%2 (was %3:%4) of %5"_s.arg(word(soft.to), word(hard.to), word(soft.from), word(hard.from), request.unit);
    const Result<DropInBytes> held = readDropIn(files->path);
    const auto process = openFilesOf(now->mainPid);
    if (held && *held == files->wanted && now->soft == soft.to && process && process->first == soft.to)
        return completed(request, text + u", as it is already"_s, now->mainPid);
    if (const Status put = replaceDropIn(files->path, files->expected, files->wanted); !put)
        return endedBy(put.error(), request, token);
    failpoint("file_changed");
    ActionResult applied = apply(request, token, soft.to, hard.to);
    if (applied.status == ActionStatus::Completed || applied.status == ActionStatus::Unknown) {
        applied.output = text + u"; "_s + applied.output;
        return applied;
    }
    if (const Status back = replaceDropIn(files->path, files->wanted, files->expected); !back) {
        applied.output += u"; %1 could not be put back: %2"_s.arg(files->path, back.error().message);
        return applied;
    }
    // A token that was cancelled lets nothing run any more; the file is as before for the next start.
    applied.output += u"; %1 is as before; %2"_s.arg(files->path, apply(request, token, soft.from, hard.from).output);
    return applied;
}

} // namespace prunella
