#pragma once
// Sentences of the header, made from a frame.
#include "core/model/Frame.h"

namespace prunella {

/// "All healthy", "2 critical, 1 warning", "No state yet".
[[nodiscard]] QString overallWords(const EngineFrame &frame);
/// "services healthy: 14 of 15".
[[nodiscard]] QString countWords(const EngineFrame &frame);
/// "Resume automation (3 min left)" or "… (stopped)" for a pause without an end.
[[nodiscard]] QString resumeWords(const PauseInfo &pause, qint64 nowMs);

} // namespace prunella
