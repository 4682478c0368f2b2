#pragma once
// Posts outbox items as JSON. One try a call; the engine keeps the outbox and asks again (see RetrySchedule).
#include "core/base/Result.h"
#include "core/model/Store.h"

#include <QObject>
#include <functional>
#include <memory>

class QNetworkAccessManager;
class QNetworkReply;

namespace prunella {

class WebhookSender : public QObject
{
    Q_OBJECT
public:
    using Done = std::function<void(const Status &)>;

    explicit WebhookSender(QObject *parent = nullptr);
    ~WebhookSender() override;

    /// Delivered means: the receiver answered 2xx. Always answers, later, at most after the timeout. See isPermanent().
    void deliver(const OutboxItem &item, const QString &url, Done done);
    void setTimeout(int ms) { m_timeoutMs = ms; } ///< 10 s unless told otherwise

private:
    void onFinished(QNetworkReply *reply, const Done &done) const;

    std::unique_ptr<QNetworkAccessManager> m_network; ///< made with the first delivery
    int m_timeoutMs = 10'000;
};

/// The JSON that a receiver gets: the item's body with schema, delivery_id and event.
[[nodiscard]] QByteArray webhookBody(const OutboxItem &item);
/// What an HTTP status means: delivered, failed for good (4xx but 408 and 429), or worth another try.
[[nodiscard]] Status webhookStatus(int httpStatus);
/// True when another try of the same cannot help: a person must mend the channel.
[[nodiscard]] inline bool isPermanent(const Error &error)
{
    return error.code == ErrorCode::Invalid || error.code == ErrorCode::NotAuthorised || error.code == ErrorCode::NotFound;
}

} // namespace prunella
