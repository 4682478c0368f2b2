#pragma once
#include "core/monitoring/DiskMountTable.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcSeries.h"

#include <functional>
#include <optional>

namespace prunella {

/// Percent used, as df counts it: what is kept back for root is not room.
struct DiskUsage {
    std::optional<double> space;
    std::optional<double> inodes; ///< missing where the file system has no fixed number of them (btrfs)
};

/// disk_usage{path} and disk_inodes_usage{path} of each real mount. Local file systems are quick to ask; network and
/// user-space ones may hang, so they have a monitor of their own.
class DiskUsageMonitor final : public Monitor
{
public:
    enum class Kind { Local, Remote };
    /// nothing: the question failed, errno says why
    using Ask = std::function<std::optional<DiskUsage>(const std::string &path)>;

    DiskUsageMonitor(qint64 intervalMs, Kind kind, const ProcPaths &paths = {}, Ask ask = askKernel);
    [[nodiscard]] QString name() const override;
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return m_kind == Kind::Remote; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

    [[nodiscard]] static std::optional<DiskUsage> askKernel(const std::string &path);

private:
    struct Watched {
        std::string path;
        ProcSeries space, inodes;
    };
    void rebuild();

    qint64 m_intervalMs;
    Kind m_kind;
    DiskMountTable m_table;
    Ask m_ask;
    std::vector<Watched> m_watched;
};

} // namespace prunella
