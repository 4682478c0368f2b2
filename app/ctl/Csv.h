#pragma once
// Small CSV files of recorded series: one record a line, fields may be quoted.
#include <string>
#include <string_view>
#include <vector>

namespace prunella::ctl {

/// A record's fields; a quoted one without its quotes, "" inside it is one quote.
[[nodiscard]] std::vector<std::string> csvFields(std::string_view line);
/// The field as a record holds it: in quotes where it has to be.
[[nodiscard]] std::string csvQuoted(const std::string &field);
/// Position of the column in the header, -1: none. A byte order mark before the first name does not matter.
[[nodiscard]] int csvColumn(const std::vector<std::string> &header, std::string_view name);

} // namespace prunella::ctl
