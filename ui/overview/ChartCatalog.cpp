#include "ui/overview/ChartCatalog.h"

#include <QCoreApplication>
#include <algorithm>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(ChartCatalog)
};

constexpr int MostLines = 5;   // more cannot be told apart
constexpr int MostCharts = 12; // shown by themselves

const QString Host = QStringLiteral("host");

const MetricRow *find(const EngineFrame &frame, const QString &metric)
{
    const auto it = std::find_if(frame.metrics.begin(), frame.metrics.end(),
                                 [&metric](const MetricRow &row) { return row.key.metric == metric; });
    return it == frame.metrics.end() ? nullptr : &*it;
}

/// All series of one metric, in order of their labels.
QList<const MetricRow *> all(const EngineFrame &frame, const QString &metric)
{
    QList<const MetricRow *> rows;
    for (const MetricRow &row : frame.metrics) {
        if (row.key.metric == metric)
            rows.append(&row);
    }
    std::sort(rows.begin(), rows.end(), [](const MetricRow *a, const MetricRow *b) { return a->key < b->key; });
    return rows;
}

std::optional<double> topOf(const QString &unit)
{
    return unit == u"%" ? std::optional<double>(100) : std::nullopt;
}

/// A chart of the given host metrics, of those that are measured.
void addHost(QList<ChartSpec> &charts, const EngineFrame &frame, const QString &id, const QString &title,
             const QList<LineSpec> &wanted)
{
    ChartSpec chart{id, title, {}, Host, {}, {}};
    for (const LineSpec &line : wanted) {
        if (const MetricRow *row = find(frame, line.key.metric)) {
            chart.unit = row->unit;
            chart.lines.append({row->key, wanted.size() > 1 ? line.name : QString()});
        }
    }
    chart.top = topOf(chart.unit);
    if (!chart.lines.isEmpty())
        charts.append(chart);
}

void addDisks(QList<ChartSpec> &charts, const EngineFrame &frame)
{
    QList<const MetricRow *> rows = all(frame, QStringLiteral("disk_usage"));
    std::stable_sort(rows.begin(), rows.end(), [](const MetricRow *a, const MetricRow *b) { return a->value > b->value; });
    ChartSpec chart{QStringLiteral("disk"), Text::tr("Disk usage"), QStringLiteral("%"), Host, {}, 100};
    for (const MetricRow *row : rows.mid(0, MostLines))
        chart.lines.append({row->key, row->key.labels.value(QStringLiteral("path"))});
    if (!chart.lines.isEmpty())
        charts.append(chart);
}

void addNetworks(QList<ChartSpec> &charts, const EngineFrame &frame)
{
    for (const MetricRow *row : all(frame, QStringLiteral("network_receive"))) {
        const QString interface = row->key.labels.value(QStringLiteral("interface"));
        const SeriesKey sent{QStringLiteral("network_transmit"), row->key.labels};
        charts.append({u"network:" + interface, Text::tr("Network %1").arg(interface), row->unit, Host,
                       {{row->key, QStringLiteral("↓")}, {sent, QStringLiteral("↑")}}, {}});
    }
}

/// "Response time web", "Errors web, check 2": the service first; the only check of a service needs no number.
QString seriesTitle(const SeriesKey &key)
{
    QMap<QString, QString> labels = key.labels;
    QStringList parts;
    if (const QString service = labels.take(QStringLiteral("service")); !service.isEmpty())
        parts.append(service);
    if (const int check = labels.take(QStringLiteral("check")).toInt(); check > 0) // counted from 0
        parts.append(Text::tr("check %1").arg(check + 1));
    parts += labels.values();
    return parts.isEmpty() ? metricTitle(key.metric) : metricTitle(key.metric) + u' ' + parts.join(QStringLiteral(", "));
}

/// Every series that no chart above shows gets its own: services' and users' metrics alike.
void addRest(QList<ChartSpec> &charts, const EngineFrame &frame)
{
    static const QStringList within{QStringLiteral("disk_usage"), QStringLiteral("network_receive"),
                                    QStringLiteral("network_transmit")};
    QList<SeriesKey> shown;
    for (const ChartSpec &chart : std::as_const(charts)) {
        for (const LineSpec &line : chart.lines)
            shown.append(line.key);
    }
    QList<ChartSpec> rest;
    for (const MetricRow &row : frame.metrics) {
        if (shown.contains(row.key) || within.contains(row.key.metric))
            continue;
        rest.append({toString(row.key), seriesTitle(row.key), row.unit, row.component, {{row.key, {}}}, topOf(row.unit)});
    }
    const auto rank = [](const ChartSpec &chart) {
        const QString &metric = chart.lines.first().key.metric;
        return metric == u"response_time" ? 0 : metric == u"error_percent" ? 1 : 2;
    };
    std::stable_sort(rest.begin(), rest.end(), [rank](const ChartSpec &a, const ChartSpec &b) {
        return rank(a) != rank(b) ? rank(a) < rank(b) : a.title < b.title;
    });
    charts.append(rest);
}

QString busiestNetwork(const EngineFrame &frame)
{
    const QList<const MetricRow *> rows = all(frame, QStringLiteral("network_receive"));
    const auto it = std::max_element(rows.begin(), rows.end(),
                                     [](const MetricRow *a, const MetricRow *b) { return a->value < b->value; });
    return it == rows.end() ? QString() : QString(u"network:" + (*it)->key.labels.value(QStringLiteral("interface")));
}

} // namespace

QString metricTitle(const QString &metric)
{
    static const QMap<QString, const char *> titles{
        {QStringLiteral("cpu_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "CPU")},
        {QStringLiteral("cpu_core_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "CPU core")},
        {QStringLiteral("cpu_iowait"), QT_TRANSLATE_NOOP("ChartCatalog", "CPU waiting for disks")},
        {QStringLiteral("cpu_steal"), QT_TRANSLATE_NOOP("ChartCatalog", "CPU stolen by the host")},
        {QStringLiteral("memory_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "Memory")},
        {QStringLiteral("memory_available"), QT_TRANSLATE_NOOP("ChartCatalog", "Memory available")},
        {QStringLiteral("swap_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "Swap")},
        {QStringLiteral("disk_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "Disk usage")},
        {QStringLiteral("load_per_core"), QT_TRANSLATE_NOOP("ChartCatalog", "Load per core")},
        {QStringLiteral("network_receive"), QT_TRANSLATE_NOOP("ChartCatalog", "Network received")},
        {QStringLiteral("network_transmit"), QT_TRANSLATE_NOOP("ChartCatalog", "Network sent")},
        {QStringLiteral("network_errors"), QT_TRANSLATE_NOOP("ChartCatalog", "Network errors")},
        {QStringLiteral("network_drops"), QT_TRANSLATE_NOOP("ChartCatalog", "Network drops")},
        {QStringLiteral("response_time"), QT_TRANSLATE_NOOP("ChartCatalog", "Response time")},
        {QStringLiteral("error_percent"), QT_TRANSLATE_NOOP("ChartCatalog", "Errors")},
        {QStringLiteral("tls_days_left"), QT_TRANSLATE_NOOP("ChartCatalog", "Certificate, days left")},
        {QStringLiteral("disk_read"), QT_TRANSLATE_NOOP("ChartCatalog", "Disk read")},
        {QStringLiteral("disk_write"), QT_TRANSLATE_NOOP("ChartCatalog", "Disk written")},
        {QStringLiteral("disk_io_time"), QT_TRANSLATE_NOOP("ChartCatalog", "Disk busy")},
        {QStringLiteral("disk_inodes_usage"), QT_TRANSLATE_NOOP("ChartCatalog", "Inodes used")},
        {QStringLiteral("process_cpu"), QT_TRANSLATE_NOOP("ChartCatalog", "CPU of")},
        {QStringLiteral("process_memory"), QT_TRANSLATE_NOOP("ChartCatalog", "Memory of")},
        {QStringLiteral("process_rss"), QT_TRANSLATE_NOOP("ChartCatalog", "Resident memory of")},
        {QStringLiteral("process_threads"), QT_TRANSLATE_NOOP("ChartCatalog", "Threads of")},
        {QStringLiteral("process_open_files"), QT_TRANSLATE_NOOP("ChartCatalog", "Open files of")},
        {QStringLiteral("process_blocked"), QT_TRANSLATE_NOOP("ChartCatalog", "Blocked processes")},
        {QStringLiteral("process_zombies"), QT_TRANSLATE_NOOP("ChartCatalog", "Zombie processes")},
    };
    const char *title = titles.value(metric, nullptr);
    return title ? Text::tr(title) : metric;
}

QList<ChartSpec> availableCharts(const EngineFrame &frame)
{
    const auto line = [](const char *metric, const QString &name) { return LineSpec{{QString::fromLatin1(metric), {}}, name}; };
    QList<ChartSpec> charts;
    addHost(charts, frame, QStringLiteral("cpu"), Text::tr("CPU"), {line("cpu_usage", {})});
    addHost(charts, frame, QStringLiteral("memory"), Text::tr("Memory"), {line("memory_usage", {})});
    addDisks(charts, frame);
    addHost(charts, frame, QStringLiteral("load"), Text::tr("Load"),
            {line("load_1", Text::tr("1 min")), line("load_5", Text::tr("5 min")), line("load_15", Text::tr("15 min"))});
    addHost(charts, frame, QStringLiteral("pressure"), Text::tr("Pressure"),
            {line("pressure_cpu_some", Text::tr("CPU")), line("pressure_memory_some", Text::tr("Memory")),
             line("pressure_io_some", Text::tr("I/O"))});
    addNetworks(charts, frame);
    addRest(charts, frame);
    return charts;
}

QStringList defaultCharts(const QList<ChartSpec> &available, const EngineFrame &frame)
{
    const QStringList host{QStringLiteral("cpu"), QStringLiteral("memory"), QStringLiteral("disk"),
                           QStringLiteral("load"), QStringLiteral("pressure"), busiestNetwork(frame)};
    QStringList chosen;
    for (const ChartSpec &chart : available) {
        const QString &metric = chart.lines.first().key.metric;
        const bool service = metric == u"response_time" || metric == u"error_percent";
        if (chosen.size() < MostCharts && (host.contains(chart.id) || service))
            chosen.append(chart.id);
    }
    return chosen;
}

Health worstOf(const EngineFrame &frame, const QList<LineSpec> &lines)
{
    // Order of badness: a state that is known and bad counts more than one that is not known.
    static constexpr auto rank = [](Health health) {
        return health == Health::Critical ? 3 : health == Health::Warning ? 2 : health == Health::Healthy ? 1 : 0;
    };
    Health worst = Health::Unknown;
    for (const MetricRow &row : frame.metrics) {
        const bool named = std::any_of(lines.begin(), lines.end(), [&row](const LineSpec &line) { return line.key == row.key; });
        if (named && rank(row.status) > rank(worst))
            worst = row.status;
    }
    return worst;
}

} // namespace prunella
