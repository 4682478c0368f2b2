#include "ui/overview/ChartFeed.h"

namespace prunella {

ChartFeed::ChartFeed(EngineClient *client, QObject *parent) : QObject(parent), m_client(client) {}

void ChartFeed::watch(const QList<SeriesKey> &keys)
{
    QHash<SeriesKey, std::shared_ptr<SeriesBuffer>> kept;
    for (const SeriesKey &key : keys) {
        const auto known = m_buffers.value(key);
        kept.insert(key, known ? known : std::make_shared<SeriesBuffer>());
    }
    m_buffers = std::move(kept);
}

void ChartFeed::load(qint64 from, qint64 to, int maxPoints)
{
    for (auto it = m_buffers.cbegin(); it != m_buffers.cend(); ++it) {
        const std::weak_ptr<SeriesBuffer> wanted = it.value();
        m_client->history({it.key(), from, to, maxPoints}).then(this, [this, wanted](const QList<HistoryPoint> &points) {
            const auto buffer = wanted.lock();
            if (!buffer || points.isEmpty()) // no longer watched, or nothing stored
                return;
            buffer->load(points);
            Q_EMIT loaded();
        });
    }
}

void ChartFeed::append(const EngineFrame &frame)
{
    for (const MetricRow &row : frame.metrics) {
        if (const auto buffer = m_buffers.value(row.key))
            buffer->append(row.at, row.value);
    }
}

const SeriesBuffer *ChartFeed::buffer(const SeriesKey &key) const
{
    const auto it = m_buffers.constFind(key);
    return it == m_buffers.cend() ? nullptr : it->get();
}

} // namespace prunella
