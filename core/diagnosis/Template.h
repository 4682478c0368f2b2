#pragma once
#include "core/model/Diagnosis.h"

namespace prunella {

/// Fills a cause's sentence. {key} is a fact's value, {key|other} the first one that is known, {key:signal} writes a
/// signal's number with its name, {key:text} the fact's own sentence. What stands in [brackets] is left out when a
/// fact inside is unknown; outside brackets an unknown fact reads "unknown". {component} is always known. {probe.TYPE} is the
/// first known answer of such a probe.
[[nodiscard]] QString fillTemplate(const QString &text, const QString &component, const Evidence &evidence);

/// The parameter of a question form.
struct Filled {
    QString text;
    QString missing;  ///< the first placeholder that is not known; empty: `text` is complete
};
/// Placeholders as in fillTemplate; brackets are text here.
[[nodiscard]] Filled fillParameter(const QString &text, const QString &component, const Evidence &evidence);

} // namespace prunella
