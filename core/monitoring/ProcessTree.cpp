#include "core/monitoring/ProcessTree.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcText.h"
#include "core/monitoring/ProcessStat.h"

#include <QFile>

#include <algorithm>
#include <dirent.h>
#include <memory>
#include <optional>
#include <utility>

namespace prunella {
namespace {

using Pids = std::vector<qint64>;

/// The names in a folder that are numbers.
Pids numbersIn(const QString &folder)
{
    Pids numbers;
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(QFile::encodeName(folder).constData()), closedir);
    if (!directory)
        return numbers;
    while (const dirent *entry = readdir(directory.get())) {
        if (const auto number = proctext::number<qint64>(entry->d_name))
            numbers.push_back(*number);
    }
    return numbers;
}

/// Children as the kernel lists them for each thread; nothing when it was built without that list.
std::optional<Pids> listedChildren(qint64 pid, const QString &proc)
{
    Pids children;
    const QString tasks = QStringLiteral("%1/%2/task").arg(proc).arg(pid);
    for (const qint64 thread : numbersIn(tasks)) {
        ProcFile file(QStringLiteral("%1/%2/children").arg(tasks).arg(thread));
        auto text = file.read();
        if (file.error()) {
            if (thread == pid)
                return std::nullopt;
            continue; // a thread that just ended
        }
        while (const auto child = proctext::number<qint64>(proctext::takeField(text)))
            children.push_back(*child);
    }
    return children;
}

/// (parent, child) of every process, sorted: one look at all of them.
std::vector<std::pair<qint64, qint64>> allParents(const QString &proc)
{
    std::vector<std::pair<qint64, qint64>> pairs;
    for (const qint64 pid : numbersIn(proc)) {
        ProcFile file(QStringLiteral("%1/%2/stat").arg(proc).arg(pid));
        if (const auto stat = parseProcessStat(file.read()))
            pairs.emplace_back(stat->parent, pid);
    }
    std::sort(pairs.begin(), pairs.end());
    return pairs;
}

void appendNew(Pids &pids, qint64 pid)
{
    if (std::find(pids.begin(), pids.end(), pid) == pids.end())
        pids.push_back(pid);
}

} // namespace

std::vector<qint64> processTree(qint64 mainPid, const ProcPaths &paths)
{
    if (mainPid <= 0 || numbersIn(QStringLiteral("%1/%2/task").arg(paths.proc).arg(mainPid)).empty())
        return {};
    Pids pids{mainPid};
    std::optional<std::vector<std::pair<qint64, qint64>>> parents;
    for (std::size_t i = 0; i < pids.size(); ++i) { // grows while it is walked
        const qint64 pid = pids[i];
        if (const auto children = parents ? std::nullopt : listedChildren(pid, paths.proc)) {
            for (const qint64 child : *children)
                appendNew(pids, child);
            continue;
        }
        if (!parents)
            parents = allParents(paths.proc);
        const auto [first, last] = std::equal_range(parents->begin(), parents->end(), std::pair(pid, qint64(0)),
                                                    [](const auto &a, const auto &b) { return a.first < b.first; });
        for (auto it = first; it != last; ++it)
            appendNew(pids, it->second);
    }
    return pids;
}

} // namespace prunella
