#pragma once
#include "core/model/Diagnosis.h"

namespace prunella {

/// Fills a cause's sentence. {key} is a fact's value, {key|other} the first one that is known, {key:signal} writes a
/// signal's number with its name, {key:text} the fact's own sentence. What stands in [brackets] is left out when a
/// fact inside is unknown; outside brackets an unknown fact reads "unknown". {component} is always known.
[[nodiscard]] QString fillTemplate(const QString &text, const QString &component, const Evidence &evidence);

} // namespace prunella
