#pragma once

namespace prunella {

/// Ends the process as kill -9 would when PRUNELLA_KILL_AT names this point. Does nothing in a release build.
/// Points: intent_committed, call_sent, job_done, outcome_committed, settling, file_written (beside the old one),
/// file_changed (in its place, not in effect yet), limits_set (systemd has the values), scale_begins, link_made (the new one
/// beside the old), link_moved, release_switched.
void failpoint(const char *name);

} // namespace prunella
