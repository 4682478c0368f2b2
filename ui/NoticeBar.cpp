#include "ui/NoticeBar.h"
#include "ui/NoticeRow.h"

#include <QSet>
#include <QVBoxLayout>

namespace prunella {
namespace {

const QString AnswerId = QStringLiteral("console.answer");     // the last command that failed
const QString ReadOnlyId = QStringLiteral("console.readonly");
const QString StoreId = QStringLiteral("store");               // the engine's word on its store

} // namespace

NoticeBar::NoticeBar(EngineClient *client, QWidget *parent)
    : QWidget(parent), m_client(client), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(0);
    setAccessibleName(tr("Notices"));
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    hide();
    connect(client, &EngineClient::frameReady, this, &NoticeBar::takeFrame);
    connect(client, &EngineClient::noticeChanged, this, &NoticeBar::takeNotice);
    connect(client, &EngineClient::commandAnswered, this, &NoticeBar::takeAnswer);
    if (const FramePtr frame = client->frame())
        takeFrame(frame);
}

QStringList NoticeBar::texts() const
{
    QStringList texts;
    for (int i = 0; i < m_column->count(); ++i)
        texts.append(static_cast<NoticeRow *>(m_column->itemAt(i)->widget())->text());
    return texts;
}

void NoticeBar::takeFrame(const FramePtr &frame)
{
    QSet<QString> current{AnswerId};
    for (const Notice &notice : frame->notices) {
        current.insert(notice.id);
        takeNotice(notice);
    }
    if (frame->engine.readOnly) {
        current.insert(ReadOnlyId);
        const QString holder = frame->engine.holder.isEmpty() ? tr("another engine") : frame->engine.holder;
        put({ReadOnlyId, NoticeLevel::Warning,
             tr("This console only reads: %1 holds the state directory. End it there to take over here.").arg(holder)});
    }
    if (NoticeRow *store = m_rows.value(StoreId))
        store->setButton(frame->engine.storeDamaged ? tr("Acknowledge") : QString());
    const QStringList shown = m_rows.keys();
    for (const QString &id : shown) {
        if (!current.contains(id))
            remove(id);
    }
}

void NoticeBar::takeNotice(const Notice &notice)
{
    if (notice.text.isEmpty())
        remove(notice.id);
    else
        put(notice);
}

void NoticeBar::takeAnswer(const CommandAnswer &answer)
{
    if (!answer.ok)
        put({AnswerId, NoticeLevel::Error, answer.text});
    else
        remove(AnswerId);
}

void NoticeBar::put(const Notice &notice)
{
    NoticeRow *&row = m_rows[notice.id];
    if (!row) {
        row = new NoticeRow(this);
        m_column->addWidget(row);
        if (notice.id == AnswerId) {
            row->setButton(tr("Dismiss"));
            connect(row, &NoticeRow::pressed, this, [this] { remove(AnswerId); });
        } else if (notice.id == StoreId) {
            connect(row, &NoticeRow::pressed, this, &NoticeBar::acknowledgeStore);
        }
    }
    row->setNotice(notice);
    row->show();
    show();
}

void NoticeBar::remove(const QString &id)
{
    if (NoticeRow *row = m_rows.take(id)) {
        m_column->removeWidget(row);
        row->hide();
        row->deleteLater(); // it may be the sender
    }
    setVisible(!m_rows.isEmpty());
}

void NoticeBar::acknowledgeStore()
{
    Command command;
    command.kind = CommandKind::AcknowledgeStore;
    command.actor = QStringLiteral("console");
    m_client->send(command);
}

} // namespace prunella
