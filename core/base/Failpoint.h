#pragma once

namespace prunella {

/// Ends the process as kill -9 would when PRUNELLA_KILL_AT names this point. Does nothing in a release build.
/// "name#2" means the second time that it is reached.
/// Of every action: intent_committed, started_committed, outcome_committed, settling, verified_committed (the verdict),
/// undo_committed (the intent of taking it back), undone_committed (that it was taken back).
/// Of some: call_sent, job_done, child_started, child_ended, checks_answered (of one service), file_written (beside the old
/// one), file_changed (in its place, not in effect yet), file_deleted, limits_set (systemd has the values), scale_begins,
/// instance_done (started or stopped), link_made (the new one beside the old), link_moved, release_switched.
void failpoint(const char *name);

} // namespace prunella
