#include "ui/overview/TileRow.h"
#include "ui/text/Format.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <algorithm>

namespace prunella {
namespace {

constexpr int TileWidth = 132; // px, for choosing how many disks are shown

struct Tiles
{
    Q_DECLARE_TR_FUNCTIONS(TileRow)
};

int badness(Health health)
{
    return health == Health::Critical ? 3 : health == Health::Warning ? 2 : health == Health::Healthy ? 1 : 0;
}

Health worse(Health a, Health b)
{
    return badness(a) >= badness(b) ? a : b;
}

QString limits(const MetricRow &row)
{
    const std::optional<double> limit = row.warning ? row.warning : row.critical;
    if (!limit)
        return {};
    // A healthy value above its limit is no contradiction: a limit counts only when it is passed for some time.
    return (row.value > *limit && row.status == Health::Healthy ? Tiles::tr("briefly above %1") : Tiles::tr("limit %1"))
        .arg(formatValue(*limit, row.unit));
}

TileText oneMetric(const EngineFrame &frame, const QString &title, const QString &metric)
{
    for (const MetricRow &row : frame.metrics) {
        if (row.key.metric == metric)
            return {title, formatValue(row.value, row.unit), limits(row), formatExact(row.at), row.status};
    }
    return {title, QStringLiteral("–"), {}, Tiles::tr("Not measured yet"), Health::Unknown};
}

QList<TileText> diskTiles(const EngineFrame &frame, int most)
{
    QList<const MetricRow *> rows;
    for (const MetricRow &row : frame.metrics) {
        if (row.key.metric == u"disk_usage")
            rows.append(&row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const MetricRow *a, const MetricRow *b) {
        return std::pair(badness(a->status), a->value) > std::pair(badness(b->status), b->value);
    });
    QList<TileText> tiles;
    QStringList others;
    for (const MetricRow *row : std::as_const(rows)) {
        const QString path = row->key.labels.value(QStringLiteral("path")), value = formatValue(row->value, row->unit);
        if (tiles.size() < most)
            tiles.append({Tiles::tr("Disk %1").arg(path), value, limits(*row), path, row->status});
        else
            others.append(path + u' ' + value);
    }
    if (!others.isEmpty() && !tiles.isEmpty()) {
        tiles.last().detail = Tiles::tr("%n more", "disks", int(others.size()));
        tiles.last().hint += u'\n' + others.join(u'\n');
    }
    return tiles;
}

TileText networkTile(const EngineFrame &frame)
{
    double received = 0, sent = 0;
    bool known = false;
    TileText tile{Tiles::tr("Network"), QStringLiteral("–"), {}, Tiles::tr("Not measured yet"), Health::Unknown};
    for (const MetricRow &row : frame.metrics) {
        if (!row.key.metric.startsWith(u"network_"))
            continue;
        known = true;
        tile.state = worse(row.status, tile.state);
        received += row.key.metric == u"network_receive" ? row.value : 0;
        sent += row.key.metric == u"network_transmit" ? row.value : 0;
    }
    if (known) {
        tile.value = QStringLiteral("↓ ") + formatValue(received, QStringLiteral("B/s"));
        tile.detail = QStringLiteral("↑ ") + formatValue(sent, QStringLiteral("B/s"));
        if (tile.state == Health::Unknown)
            tile.stateText = Tiles::tr("No limit"); // measured, but nothing to judge it by
        tile.hint = Tiles::tr("All interfaces together: %1 received, %2 sent").arg(tile.value.mid(2), tile.detail.mid(2));
    }
    return tile;
}

TileText errorTile(const EngineFrame &frame)
{
    const MetricRow *worst = nullptr;
    for (const MetricRow &row : frame.metrics) {
        if (row.key.metric == u"error_percent" && (!worst || row.value > worst->value))
            worst = &row;
    }
    if (worst)
        return {Tiles::tr("Errors"), formatValue(worst->value, worst->unit), worst->component,
                Tiles::tr("Failed requests, the worst service: %1").arg(worst->component), worst->status};
    return {Tiles::tr("Errors"), QStringLiteral("–"), {}, Tiles::tr("No service has a health check that counts requests"),
            Health::Unknown};
}

TileText serviceTile(const EngineFrame &frame)
{
    int all = 0, healthy = 0;
    Health worst = Health::Unknown;
    for (const ComponentHealth &component : frame.components) {
        if (component.name == u"host")
            continue;
        ++all;
        healthy += component.health == Health::Healthy ? 1 : 0;
        worst = worse(component.health, worst);
    }
    const QString value = QStringLiteral("%1/%2").arg(healthy).arg(all);
    return {Tiles::tr("Services"), all == 0 ? QStringLiteral("–") : value, {},
            all == 0 ? Tiles::tr("No services are watched") : Tiles::tr("%1 of %2 services are healthy").arg(healthy).arg(all), worst};
}

} // namespace

QList<TileText> tilesOf(const EngineFrame &frame, int disks)
{
    QList<TileText> tiles{oneMetric(frame, Tiles::tr("CPU"), QStringLiteral("cpu_usage")),
                          oneMetric(frame, Tiles::tr("Memory"), QStringLiteral("memory_usage"))};
    return tiles << diskTiles(frame, disks) << networkTile(frame) << errorTile(frame) << serviceTile(frame);
}

TileRow::TileRow(QWidget *parent) : QWidget(parent)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
}

int TileRow::disksThatFit() const
{
    return std::clamp(width() / (TileWidth + 8) - 5, 1, 6);
}

void TileRow::takeFrame(const FramePtr &frame)
{
    m_frame = frame;
    fill(tilesOf(*frame, disksThatFit()));
}

void TileRow::fill(const QList<TileText> &texts)
{
    while (m_tiles.size() > texts.size())
        delete m_tiles.takeLast();
    for (int i = 0; i < texts.size(); ++i) {
        if (i == m_tiles.size()) {
            m_tiles.append(new Tile(this));
            layout()->addWidget(m_tiles.last());
        }
        m_tiles[i]->setText(texts[i]);
    }
}

void TileRow::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    if (m_frame)
        fill(tilesOf(*m_frame, disksThatFit()));
}

} // namespace prunella
