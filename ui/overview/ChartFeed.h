#pragma once
#include "core/engine/EngineClient.h"
#include "ui/charts/SeriesBuffer.h"

#include <QHash>
#include <QSet>
#include <memory>

namespace prunella {

/// Keeps the points of the series that are on screen: history from the store first, then what frames bring.
class ChartFeed : public QObject
{
    Q_OBJECT
public:
    ChartFeed(EngineClient *client, QObject *parent);

    /// From now on these series are kept; the others are forgotten.
    void watch(const QList<SeriesKey> &keys);
    /// Reads the stored values of all watched series for the time from `from` to `to`.
    void load(qint64 from, qint64 to, int maxPoints);
    /// Takes the newest value of every watched series.
    void append(const EngineFrame &frame);
    [[nodiscard]] const SeriesBuffer *buffer(const SeriesKey &key) const;

Q_SIGNALS:
    void loaded(); ///< stored values arrived

private:
    EngineClient *m_client;
    QHash<SeriesKey, std::shared_ptr<SeriesBuffer>> m_buffers;
};

} // namespace prunella
