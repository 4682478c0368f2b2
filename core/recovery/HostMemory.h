#pragma once

namespace prunella {

/// Bytes that may still be given away: what is available, less a reserve of 10 % of all. Huge when the kernel does not tell.
[[nodiscard]] double spareMemory();

} // namespace prunella
