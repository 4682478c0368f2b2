#include "app/ctl/CauseFiles.h"

#include "app/ctl/CauseTables.h"
#include "app/ctl/Common.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <cmath>
#include <limits>

namespace prunella::ctl {
namespace {

MetricRole roleOf(const QString &metric)
{
    static const QMap<QString, MetricRole> roles{{QStringLiteral("latency"), MetricRole::Latency},
                                                 {QStringLiteral("requests"), MetricRole::Requests},
                                                 {QStringLiteral("availability"), MetricRole::Availability}};
    return roles.value(metric.toLower(), MetricRole::Other);
}

/// A metric that we know nothing of may leave its range on either side.
WorseWhen worseOf(MetricRole role)
{
    return role == MetricRole::Latency ? WorseWhen::Above : role == MetricRole::Availability ? WorseWhen::Below : WorseWhen::Both;
}

Result<CauseAlarm> readAlarm(const std::string &file, const QStringList &nodes)
{
    const QString name = qs(file);
    QFile in(QFile::decodeName(QByteArray::fromStdString(file)));
    if (!in.open(QIODevice::ReadOnly))
        return failure(ErrorCode::NotFound, QStringLiteral("%1 cannot be read").arg(name));
    const QByteArray bytes = in.readAll();
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(bytes, &error).object();
    if (error.error != QJsonParseError::NoError) {
        return failure(ErrorCode::Invalid, QStringLiteral("%1:%2: no JSON: %3").arg(name)
                           .arg(bytes.left(error.offset).count('\n') + 1).arg(error.errorString()));
    }
    CauseAlarm alarm;
    alarm.metric = object[QStringLiteral("metric")].toString();
    alarm.statistic = object[QStringLiteral("agg")].toString();
    alarm.at = object[QStringLiteral("timestamp")].toDouble(std::numeric_limits<double>::quiet_NaN());
    const QString node = object[QStringLiteral("node")].toString();
    if (node.isEmpty() || alarm.metric.isEmpty() || !std::isfinite(alarm.at))
        return failure(ErrorCode::Invalid, QStringLiteral("%1: expected an object with node, metric, agg and timestamp (epoch seconds)").arg(name));
    alarm.node = int(nodes.indexOf(node));
    if (alarm.node < 0)
        return failure(ErrorCode::Invalid, QStringLiteral("%1: node %2 is not in the topology").arg(name, node));
    return alarm;
}

/// The columns of both files, joined by their names.
void addSeries(RecordedIncident &incident, const MetricsTable &normal, const MetricsTable &window)
{
    QHash<QString, int> numbers;
    for (int i = 0; i < incident.input.nodes.size(); ++i)
        numbers[incident.input.nodes[i]] = i;
    std::map<ColumnName, CauseSeries> all;
    for (const auto &[column, values] : normal.columns)
        all[column].normal = values;
    for (const auto &[column, values] : window.columns)
        all[column].window = values;
    for (auto &[column, series] : all) {
        const QString node = qs(std::get<0>(column));
        if (!numbers.contains(node)) {
            numbers[node] = int(incident.input.nodes.size());
            incident.input.nodes.append(node);
            incident.notes.append(QStringLiteral("%1 is not in the topology: nobody is known to call it").arg(node));
        }
        series.node = numbers.value(node);
        series.metric = qs(std::get<1>(column));
        series.statistic = qs(std::get<2>(column));
        series.role = roleOf(series.metric);
        series.worse = worseOf(series.role);
        series.times = window.times;
        series.window.resize(window.times.size(), std::numeric_limits<double>::quiet_NaN());
        incident.input.series.push_back(std::move(series));
    }
}

} // namespace

Result<RecordedIncident> readRecordedIncident(const CauseFiles &files)
{
    const auto topology = readTopology(files.topology);
    if (!topology)
        return tl::unexpected(topology.error());
    RecordedIncident incident;
    for (const std::string &node : topology->nodes)
        incident.input.nodes.append(qs(node));
    incident.input.calls = topology->calls;
    const auto alarm = readAlarm(files.alarm, incident.input.nodes);
    if (!alarm)
        return tl::unexpected(alarm.error());
    incident.input.alarm = *alarm;
    const auto normal = readMetrics(files.normal);
    if (!normal)
        return tl::unexpected(normal.error());
    const auto window = readMetrics(files.window);
    if (!window)
        return tl::unexpected(window.error());
    addSeries(incident, *normal, *window);
    return incident;
}

} // namespace prunella::ctl
