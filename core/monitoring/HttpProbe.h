#pragma once
#include "core/monitoring/HealthProbe.h"

#include <QNetworkReply>

namespace prunella {

/// Healthy when the status is the expected one and the body matches. Redirects are answers, not followed.
class HttpProbe final : public HealthProbe
{
    Q_OBJECT
public:
    static constexpr qsizetype kMaxBody = 1024 * 1024; ///< what is beyond is not read

    HttpProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock, QNetworkAccessManager *network,
              QObject *parent);
    ~HttpProbe() override { abort(); }

protected:
    void run() override;
    void abort() final;

private:
    void read();
    void onFinished();
    void onTlsErrors(const QList<QSslError> &errors);
    void learnCertificate();
    void judge();
    [[nodiscard]] bool statusExpected(int status) const;
    [[nodiscard]] QString errorText() const;

    QNetworkAccessManager *m_network;
    QNetworkReply *m_reply = nullptr; ///< belongs to `network`, which outlives the probe
    QByteArray m_body;
    QString m_tlsError;
};

} // namespace prunella
