#pragma once
// Posts messages over HTTP. One try a call; the engine keeps the outbox and asks again (see RetrySchedule).
#include "core/notification/HttpMessage.h"

#include <QObject>
#include <memory>

class QNetworkAccessManager;
class QNetworkReply;

namespace prunella {

class HttpSender : public QObject
{
    Q_OBJECT
public:
    explicit HttpSender(QObject *parent = nullptr);
    ~HttpSender() override;

    /// Delivered means: the receiver answered 2xx. Always answers, later, at most after the timeout. See isPermanent().
    /// No error names more of the URL than its host: the rest may be a secret.
    void post(const HttpMessage &message, int timeoutMs, DeliveryDone done);

private:
    void onFinished(QNetworkReply *reply, int timeoutMs, const DeliveryDone &done) const;

    std::unique_ptr<QNetworkAccessManager> m_network; ///< made with the first delivery
};

} // namespace prunella
