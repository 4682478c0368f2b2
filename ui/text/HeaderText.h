#pragma once
// Sentences of the header, made from a frame.
#include "core/model/Frame.h"

namespace prunella {

/// "All healthy", "2 critical, 1 warning", "No state yet".
[[nodiscard]] QString overallWords(const EngineFrame &frame);
/// "services healthy: 14 of 15".
[[nodiscard]] QString countWords(const EngineFrame &frame);
/// "stopped for another 3 min" or "stopped until resumed" for a pause without an end.
[[nodiscard]] QString pauseWords(const PauseInfo &pause, qint64 nowMs);

} // namespace prunella
