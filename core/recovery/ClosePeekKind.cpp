// enable_monitoring as a row of the table.
#include "core/recovery/ActionKind.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &) { return false; }

} // namespace

ActionKind closePeekKind() { return {supports, nullptr, nullptr, nullptr, nullptr}; }

} // namespace prunella
