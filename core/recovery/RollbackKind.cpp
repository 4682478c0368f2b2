// rollback_deployment as a row of the table.
#include "core/recovery/ActionKind.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &) { return false; }

} // namespace

ActionKind rollbackKind() { return {supports, nullptr, nullptr, nullptr, nullptr}; }

} // namespace prunella
