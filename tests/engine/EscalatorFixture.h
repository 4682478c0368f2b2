#pragma once
// An Escalator on a clock that stands still, a receiver on loopback, and what was said of them.
#include "core/engine/Escalator.h"
#include "tests/support/HttpServer.h"

#include <QJsonDocument>
#include <QTemporaryDir>

namespace prunella::test {

class EscalatorFixture : public QObject
{
protected:
    void prepare();                    ///< no keychain, secrets in a folder of our own
    void begin();
    /// As a new engine: nothing is known but what is told.
    void start();
    void configure(const ChannelConfig &channel);
    [[nodiscard]] ChannelConfig channel(const QString &type, const QString &secret = {}) const;
    static OutboxItem item(const QString &id, const QString &event = QStringLiteral("escalated"), const QString &incidentId = QStringLiteral("i1"));
    static Incident incident(const QString &id = QStringLiteral("i1"));
    void putSecret(const QString &name, const QByteArray &value) const;
    void advance(qint64 ms);
    void settle();
    [[nodiscard]] QJsonObject body(qsizetype request) const { return QJsonDocument::fromJson(m_server->requests.value(request).body).object(); }
    [[nodiscard]] QJsonArray alerts(qsizetype request) const { return QJsonDocument::fromJson(m_server->requests.value(request).body).array(); }

    QTemporaryDir m_dir;
    Config m_config;
    std::shared_ptr<ManualClock> m_clock;
    std::unique_ptr<HttpServer> m_server, m_witness;
    std::unique_ptr<Escalator> m_escalator;
    QStringList m_delivered, m_trouble;
    QList<OutboxItem> m_tried;
};

} // namespace prunella::test
