#pragma once
// What a plugin implements: monitors of your own in a shared object of your own. How to build one out of this tree:
// resources/examples/plugin/README.md. These headers are all a plugin needs, and nothing of ours is linked:
// core/base/Clock.h (Now), core/model/Sample.h, core/monitoring/Monitor.h and this one.
#include "core/monitoring/Monitor.h"

#include <QtPlugin>

#include <memory>
#include <vector>

namespace prunella {

/// What the configuration says: `monitors: [{type: plugin, name, plugin, interval, timeout, settings: {key: value}}]`.
struct MonitorPluginSettings {
    QString name;                    ///< the entry's name; a good start for metrics' names
    qint64 intervalMs = 0;           ///< to be returned by intervalMs() unless the plugin knows better
    qint64 timeoutMs = 0;            ///< what waits should wait no longer
    QMap<QString, QString> settings; ///< as written; what they mean and whether they are right the plugin decides
};

struct MonitorPluginResult {
    std::vector<std::unique_ptr<Monitor>> monitors;
    QString problem;                 ///< one line for the operator when there are none: which setting is wrong, and how
};

/// Of the shapes of the values that cross the border, as this file is compiled.
[[nodiscard]] constexpr quint32 monitorPluginAbi()
{
    return quint32(sizeof(Monitor) ^ (sizeof(Sample) << 8) ^ (sizeof(Now) << 16) ^ (sizeof(MonitorPluginSettings) << 24));
}

/// The plugin's root object. Implement it in a QObject with Q_INTERFACES and Q_PLUGIN_METADATA(IID PRUNELLA_MONITOR_PLUGIN).
class MonitorPlugin
{
public:
    virtual ~MonitorPlugin() = default;

    /// Not to be overridden: as the plugin was compiled. Must agree with what loads it.
    [[nodiscard]] virtual quint32 abi() const { return monitorPluginAbi(); }
    /// Called in the engine's thread, so it must not wait; sample() runs in a thread of its own and may.
    [[nodiscard]] virtual MonitorPluginResult create(const MonitorPluginSettings &settings) = 0;
};

} // namespace prunella

// The number counts incompatible changes of this file and of those it includes.
#define PRUNELLA_MONITOR_PLUGIN "org.prunella.MonitorPlugin/1"
Q_DECLARE_INTERFACE(prunella::MonitorPlugin, PRUNELLA_MONITOR_PLUGIN)
