#pragma once
#include "core/model/Frame.h"
#include "ui/overview/Tile.h"

namespace prunella {

/// The tiles of a frame; disks: the fullest first, at most `disks` of them, the last one counting those left out.
[[nodiscard]] QList<TileText> tilesOf(const EngineFrame &frame, int disks);

/// CPU, memory, disks, network, errors and services at a glance.
class TileRow : public QWidget
{
    Q_OBJECT
public:
    explicit TileRow(QWidget *parent = nullptr);
    void takeFrame(const FramePtr &frame);
    [[nodiscard]] QList<Tile *> tiles() const { return m_tiles; }

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void fill(const QList<TileText> &texts);
    [[nodiscard]] int disksThatFit() const;

    FramePtr m_frame;
    QList<Tile *> m_tiles;
};

} // namespace prunella
