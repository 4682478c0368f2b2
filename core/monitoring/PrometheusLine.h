#pragma once
// One line of an exposition, whatever it belongs to. Pure.
#include "core/base/Result.h"
#include "core/model/Sample.h"

#include <optional>
#include <string_view>

namespace prunella {

struct PromLine {
    QString name;
    Labels labels;
    double value = 0;
    std::optional<double> timestamp; ///< as written: milliseconds or seconds, by the format
};

/// name[{label="value",...}] value [timestamp] [# {label="value"} value [timestamp]]. An exemplar is checked and left out.
[[nodiscard]] Result<PromLine> parsePromLine(std::string_view line);

/// Go's ParseFloat as exposers use it: decimal, exponent, NaN, Inf, +Inf, -Inf in any case. False when it is none.
[[nodiscard]] bool promNumber(std::string_view text, double &out);
/// [a-zA-Z_:][a-zA-Z0-9_:]*
[[nodiscard]] bool isPromName(std::string_view text);

} // namespace prunella
