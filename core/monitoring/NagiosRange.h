#pragma once
#include "core/base/Result.h"

#include <limits>
#include <string_view>

namespace prunella {

/// A threshold of the Monitoring Plugins guidelines: `[@]start:end`, both ends included in the range.
///   10     alert outside 0..10        10:    alert under 10        ~:10   alert over 10
///   10:20  alert outside 10..20       @10:20 alert inside 10..20
struct NagiosRange {
    double start = 0;                                       ///< -infinity for `~`
    double end = std::numeric_limits<double>::infinity();
    bool inside = false;                                    ///< written with `@`: the range itself is what is bad

    [[nodiscard]] bool alerts(double value) const { return (value >= start && value <= end) == inside; }
    [[nodiscard]] NagiosRange scaled(double factor) const { return {start * factor, end * factor, inside}; }
    bool operator==(const NagiosRange &) const = default;
};

/// Invalid: no number where one belongs, more than one colon, start over end.
[[nodiscard]] Result<NagiosRange> parseNagiosRange(std::string_view text);
/// As written in a plugin's options, the shortest way: "10", "10:", "~:10", "@10:20".
[[nodiscard]] QString toString(const NagiosRange &range);

/// A whole text as a finite number with a decimal point: sign, digits, exponent, nothing else. False when it is none.
[[nodiscard]] bool plainNumber(std::string_view text, double &out);

} // namespace prunella
