#include "core/monitoring/CpuTimes.h"
#include "core/monitoring/ProcText.h"

namespace prunella {
namespace {

constexpr std::size_t kIdle = 3, kIowait = 4, kSteal = 7;

/// Old kernels have fewer columns: the four first must be there.
bool parseTimes(std::string_view line, CpuTimes &times)
{
    times = {};
    for (std::size_t i = 0; i < times.ticks.size(); ++i) {
        const auto field = proctext::takeField(line);
        if (field.empty())
            return i > kIdle;
        const auto value = proctext::number(field);
        if (!value)
            return false;
        times.ticks[i] = *value;
    }
    return true;
}

} // namespace

bool parseCpu(std::string_view text, CpuReading &reading)
{
    reading.cores.clear();
    bool total = false;
    while (text.starts_with("cpu")) {
        auto line = proctext::takeLine(text);
        const auto name = proctext::takeField(line);
        if (name.empty())
            break; // cut off
        CpuTimes times;
        if (!parseTimes(line, times))
            return false;
        if (name == "cpu") {
            reading.total = times;
            total = true;
        } else if (const auto id = proctext::number<int>(name.substr(3))) {
            reading.cores.push_back({*id, times});
        } else {
            return false;
        }
    }
    return total;
}

std::optional<CpuUsage> cpuUsage(const CpuTimes &before, const CpuTimes &after)
{
    std::array<quint64, 8> spent{};
    quint64 all = 0;
    for (std::size_t i = 0; i < spent.size(); ++i) {
        spent[i] = after.ticks[i] > before.ticks[i] ? after.ticks[i] - before.ticks[i] : 0;
        all += spent[i];
    }
    if (all == 0)
        return std::nullopt;
    const auto percent = [all](quint64 ticks) { return 100.0 * double(ticks) / double(all); };
    return CpuUsage{percent(all - spent[kIdle] - spent[kIowait]), percent(spent[kIowait]), percent(spent[kSteal])};
}

} // namespace prunella
