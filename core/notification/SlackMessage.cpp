#include "core/notification/SlackMessage.h"

#include "core/notification/IncidentText.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kHeader = 150, kSection = 3000, kField = 2000, kContext = 2000, kFallback = 4000;

QJsonObject markdown(const QString &text)
{
    // verbatim: Slack does not look for URLs, names and channels in it
    return {{u"type"_s, u"mrkdwn"_s}, {u"verbatim"_s, true}, {u"text"_s, text}};
}

QJsonObject section(const QString &escaped)
{
    return {{u"type"_s, u"section"_s}, {u"text"_s, markdown(escaped)}};
}

QJsonArray fields(const IncidentText &text)
{
    QJsonArray list;
    for (const auto &[name, value] : {std::pair(u"Severity"_s, text.severity), {u"Status"_s, text.status}, {u"Since"_s, text.startedAt},
                                      {u"Until"_s, text.resolvedAt}, {u"Cause"_s, text.cause}, {u"Waits for an approval"_s, text.question}}) {
        if (!value.isEmpty())
            list.append(markdown(u"*"_s + name + u"*\n"_s + slackClipped(value, kField - 40)));
    }
    return list;
}

} // namespace

QString slackEscaped(const QString &text)
{
    QString escaped = text;
    return escaped.replace(u'&', "&amp;"_L1).replace(u'<', "&lt;"_L1).replace(u'>', "&gt;"_L1);
}

QString slackClipped(const QString &text, qsizetype most)
{
    QString plain = clipped(text, most);
    while (slackEscaped(plain).size() > most) // a character becomes up to five
        plain = clipped(plain, plain.size() - std::max<qsizetype>(1, (slackEscaped(plain).size() - most) / 5));
    return slackEscaped(plain);
}

QByteArray slackBody(const OutboxItem &item)
{
    const IncidentText text = incidentText(item);
    QJsonArray blocks;
    // A header is plain text: Slack shows it as it stands, and escapes would be seen.
    blocks.append(QJsonObject{{u"type"_s, u"header"_s}, {u"text"_s, QJsonObject{{u"type"_s, u"plain_text"_s}, {u"emoji"_s, false},
                                                                             {u"text"_s, clipped(text.title, kHeader)}}}});
    if (!text.summary.isEmpty())
        blocks.append(section(slackClipped(text.summary, kSection)));
    if (!text.reason.isEmpty() && text.reason != text.summary)
        blocks.append(section(slackClipped(text.reason, kSection)));
    if (const QJsonArray list = fields(text); !list.isEmpty())
        blocks.append(QJsonObject{{u"type"_s, u"section"_s}, {u"fields"_s, list}});
    const QString ids = u"incident "_s + text.id + u" · delivery "_s + item.deliveryId;
    blocks.append(QJsonObject{{u"type"_s, u"context"_s}, {u"elements"_s, QJsonArray{markdown(slackClipped(ids, kContext))}}});
    const QString fallback = text.summary.isEmpty() ? text.title : QString(text.title + u"\n"_s + text.summary);
    return QJsonDocument(QJsonObject{{u"text"_s, slackClipped(fallback, kFallback)}, {u"blocks"_s, blocks}}).toJson(QJsonDocument::Compact);
}

HttpMessage slackMessage(const OutboxItem &item, const QByteArray &url)
{
    return {QUrl(QString::fromUtf8(url), QUrl::StrictMode), {{deliveryHeader, item.deliveryId.toUtf8()}}, slackBody(item)};
}

} // namespace prunella
