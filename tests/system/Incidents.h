#pragma once
// What the system tests ask of an incident as `incidents --json` prints it, and the configuration they share.
#include <QJsonArray>
#include <QJsonObject>
#include <QString>

namespace prunella::testing {

/// Settles fast; `recovery` and `more` are further keys of `recovery:` and of the top.
inline QString engineConfig(const QString &services, const QString &mode = QStringLiteral("automatic"), const QString &recovery = {},
                            const QString &more = {}, const QString &escalation = QStringLiteral("[]"))
{
    return QStringLiteral("self_healing:\n"
                          "  mode: %1\n"
                          "  error_detection: {monitoring_interval: 1}\n"
                          "  recovery: {settle: 1s, backoff: {initial: 200ms, factor: 2, max: 1s}%2}\n"
                          "  escalation: %3\n"
                          "%4"
                          "  services:\n%5")
        .arg(mode, recovery.isEmpty() ? QString() : QString(QStringLiteral(", ") + recovery), escalation, more, services);
}

inline QJsonArray actionsOf(const QJsonObject &incident) { return incident.value(u"recovery_actions").toArray(); }

inline QJsonObject firstAction(const QJsonObject &incident) { return actionsOf(incident).first().toObject(); }

inline QString causeOf(const QJsonObject &incident)
{
    return incident.value(u"diagnosis").toObject().value(u"root_cause").toString();
}

inline QString statusOf(const QJsonObject &incident) { return incident.value(u"status").toString(); }

inline QString lastReason(const QJsonObject &incident)
{
    return incident.value(u"timeline").toArray().last().toObject().value(u"reason").toString();
}

} // namespace prunella::testing
