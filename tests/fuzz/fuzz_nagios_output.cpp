// Plugin output and ranges. What must hold for any bytes: numbers are finite, labels are unique, lists are bounded, and a
// range that was read is written and read again as itself.
#include "core/monitoring/NagiosOutput.h"

#include <QSet>
#include <cmath>
#include <cstdint>
#include <cstdlib>

using namespace prunella;

namespace {

void require(bool held)
{
    if (!held)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const auto *text = reinterpret_cast<const char *>(data);
    const NagiosOutput output = parseNagiosOutput(QByteArray(text, qsizetype(size)));
    QSet<QString> labels;
    for (const PerfValue &value : output.values) {
        require(!value.label.isEmpty() && !labels.contains(value.label));
        labels.insert(value.label);
        require(!value.value || std::isfinite(*value.value));
    }
    require(output.values.size() <= kMostPerfValues && output.problems.size() <= 21);
    const auto range = parseNagiosRange({text, size});
    if (!range)
        return 0;
    require(range->start <= range->end);
    require(range->alerts(range->start) == range->inside);
    const QByteArray written = toString(*range).toUtf8(); // ten digits: near, not always equal
    require(parseNagiosRange({written.constData(), std::size_t(written.size())}).has_value() || range->start == range->end
            || std::abs(range->end - range->start) < 1e-6 * std::abs(range->end));
    return 0;
}
