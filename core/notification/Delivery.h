#pragma once
// What came of one try to tell somebody.
#include "core/base/Result.h"

#include <functional>

namespace prunella {

struct DeliveryResult {
    Status status;                ///< good: the receiver has it
    qint64 retryAfterMs = 0;      ///< the receiver asks for so much quiet on the whole channel; 0: it does not say
    QString warning;              ///< delivered, but not to everybody
};
using DeliveryDone = std::function<void(const DeliveryResult &)>;

/// True when another try of the same cannot help: a person must mend the channel.
[[nodiscard]] inline bool isPermanent(const Error &error)
{
    return error.code == ErrorCode::Invalid || error.code == ErrorCode::NotAuthorised || error.code == ErrorCode::NotFound;
}

} // namespace prunella
