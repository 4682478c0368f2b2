#pragma once
// Expected failure is a value: the one wrapping of tl::expected (GCC 12 has no std::expected).
#include <QString>
#include <tl/expected.hpp>

namespace prunella {

enum class ErrorCode {
    Invalid,       ///< the input or the configuration is wrong
    NotFound,      ///< no such file, unit, incident
    NotAuthorised, ///< lack of rights; never retried as if it were a hiccup
    Unavailable,   ///< no bus, no store, no peer
    Timeout,
    Busy,          ///< somebody else holds it
    Io,            ///< read or write failed
    Internal,
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString message; ///< one line that says what is wrong and what to do
    bool operator==(const Error &) const = default;
};

template<typename T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> failure(ErrorCode code, QString message)
{
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

} // namespace prunella
