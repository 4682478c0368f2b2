#include "core/monitoring/TreeProbe.h"

#include "core/monitoring/PluginRun.h"
#include "core/monitoring/TreeProbeParts.h"

namespace prunella {

namespace treeprobe {

Fact nagios(const Probe &probe)
{
    const PluginResult result = runPlugin(probe.order.command, probe.order.timeoutMs, probe.cancel);
    const QString text = QStringLiteral("%1: %2").arg(probe.order.command.value(0).section(QLatin1Char('/'), -1), result.text);
    if (result.timedOut || result.cancelled)
        return unknownFact(text);
    switch (result.state) {
    case PluginState::Ok: return said("ok", text);
    case PluginState::Warning: return said("warning", text);
    case PluginState::Critical: return said("critical", text);
    case PluginState::Unknown: break;
    }
    return said("unknown_state", text);
}

} // namespace treeprobe

Fact runTreeProbe(const ProbeOrder &order, const Now &now, const MonitorCancel &cancel, const ProcPaths &paths)
{
    using Run = Fact (*)(const treeprobe::Probe &);
    static const QHash<QString, Run> table{
        {QStringLiteral("tcp"), treeprobe::tcp}, {QStringLiteral("http"), treeprobe::http},
        {QStringLiteral("resolve"), treeprobe::resolve}, {QStringLiteral("ping"), treeprobe::ping},
        {QStringLiteral("nagios"), treeprobe::nagios}, {QStringLiteral("disk"), treeprobe::disk},
        {QStringLiteral("disk_growth"), treeprobe::diskGrowth}, {QStringLiteral("port"), treeprobe::port},
        {QStringLiteral("local_ports"), treeprobe::localPorts}, {QStringLiteral("database"), treeprobe::database},
        {QStringLiteral("cgroup"), treeprobe::cgroup}, {QStringLiteral("file"), treeprobe::file},
        {QStringLiteral("config_syntax"), treeprobe::configSyntax}, {QStringLiteral("dependency_check"), treeprobe::dependencyCheck}};
    const Run run = table.value(order.type);
    return run ? run({order, now, cancel, paths}) : unknownFact(QStringLiteral("there is no probe \"%1\"").arg(order.type));
}

} // namespace prunella
