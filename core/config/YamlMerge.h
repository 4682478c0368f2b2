#pragma once
#include "core/config/YamlNode.h"

namespace prunella {

/// `over` laid on `base`: maps merge key by key, lists of named entries by name (thresholds by metric and labels), lists
/// of anything else (`escalation` among them) are replaced whole, a null in `over` changes nothing. Every value keeps its own place.
[[nodiscard]] YamlNodePtr mergeYaml(const YamlNodePtr &base, const YamlNodePtr &over);

} // namespace prunella
