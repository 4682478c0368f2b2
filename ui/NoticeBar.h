#pragma once
#include "core/engine/EngineClient.h"

#include <QHash>
#include <QWidget>

class QVBoxLayout;

namespace prunella {

class NoticeRow;

/// What must not be overlooked, under the header: the engine's notices, a read-only console, and commands that failed.
class NoticeBar : public QWidget
{
    Q_OBJECT
public:
    explicit NoticeBar(EngineClient *client, QWidget *parent = nullptr);

    /// Texts now shown, for tests and screen readers.
    [[nodiscard]] QStringList texts() const;

private:
    void takeFrame(const FramePtr &frame);
    void takeNotice(const Notice &notice);
    void takeAnswer(const CommandAnswer &answer);
    void put(const Notice &notice);
    void remove(const QString &id);
    void acknowledgeStore();

    EngineClient *m_client;
    QVBoxLayout *m_column;
    QHash<QString, NoticeRow *> m_rows;
};

} // namespace prunella
