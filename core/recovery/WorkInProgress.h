#pragma once
#include "core/model/Recovery.h"
#include "core/model/ServiceConfig.h"
#include "core/recovery/BusPool.h"
#include "core/recovery/WorkSigns.h"

namespace prunella {

/// So long others are left alone; then a person is asked.
inline constexpr qint64 longestWorkMs = 600'000;

/// Is somebody else already changing a unit? Three signs, in this order:
/// 1. systemd has a job for it. At a decision it is never ours: one action a target, and jobs of an earlier engine are waited for
///    at the start. A unit that systemd restarts by itself (Restart=) is none of these: that is Reason::ManagerRestarting.
/// 2. one of its processes is traced by a program that is not of the unit (gdb, strace); a stopped one (SIGSTOP)
///    only hangs, and is healed;
/// 3. a package manager holds dpkg's locks: it may stop, replace and start the unit any moment.
/// Units of systemd only, on the system's and the user's bus; of other services nothing is said. One object serves any number of
/// threads and keeps its connections open: make it once.
class WorkInProgress
{
public:
    explicit WorkInProgress(WorkPlaces places = {}) : m_places(std::move(places)) {}

    /// Blocks about a millisecond, at most a second: for a pool thread. Decision::Wait, Reason::ChangedByOthers and a sentence that
    /// names who; `retryAtMonotonicMs` is 0, to be filled by the caller, for there is no clock here. Nothing without a bus or when
    /// systemd does not answer: the action itself will tell.
    [[nodiscard]] std::optional<RecoveryDecision> look(const ServiceConfig &service);

private:
    [[nodiscard]] QString unitWork(BusPool &pool, const QString &unit) const;

    const WorkPlaces m_places;
    BusPool m_system{false}, m_user{true};
};

/// What is decided when the look has found the same for `waitedMs`: to wait, after `longestWorkMs` to ask.
[[nodiscard]] RecoveryDecision withPatience(RecoveryDecision found, qint64 waitedMs);

} // namespace prunella
