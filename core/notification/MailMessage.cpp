#include "core/notification/MailMessage.h"

#include "core/notification/IncidentText.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

bool isPlain(const QString &text)
{
    return std::all_of(text.cbegin(), text.cend(), [](QChar c) { return c >= u' ' && c <= u'~'; }) && !text.contains("=?"_L1);
}

/// "=?UTF-8?B?…?=" words of whole characters, so short that one fits beside "Subject:" into the 76 bytes of such a line.
QList<QByteArray> encodedWords(const QString &text)
{
    constexpr qsizetype most = 39; // bytes that become 52 characters
    QList<QByteArray> words;
    QByteArray part;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const bool pair = text.at(i).isHighSurrogate() && i + 1 < text.size();
        const QByteArray character = text.mid(i, pair ? 2 : 1).toUtf8();
        i += pair ? 1 : 0;
        if (part.size() + character.size() > most)
            words.append("=?UTF-8?B?" + std::exchange(part, {}).toBase64() + "?=");
        part += character;
    }
    words.append("=?UTF-8?B?" + part.toBase64() + "?=");
    return words;
}

QByteArray base64Lines(const QByteArray &bytes)
{
    const QByteArray encoded = bytes.toBase64();
    QByteArray lines;
    for (qsizetype i = 0; i < encoded.size(); i += 76)
        lines += encoded.mid(i, 76) + "\r\n";
    return lines;
}

QByteArray addressHeader(const QByteArray &name, const QStringList &addresses)
{
    QList<QByteArray> list;
    for (const QString &address : addresses) {
        if (const QByteArray bare = mailAddress(address); !bare.isEmpty())
            list.append('<' + bare + '>');
    }
    return name + ": " + list.join(",\r\n ") + "\r\n";
}

} // namespace

QByteArray mailHeader(const QByteArray &name, const QString &text)
{
    const QString line = text.simplified(); // every kind of line break with it
    const QList<QByteArray> words = isPlain(line) ? line.toLatin1().split(' ') : encodedWords(line);
    QByteArray header = name + ':';
    qsizetype length = header.size();
    for (const QByteArray &word : words) {
        const bool fold = length + 1 + word.size() > 76 && length > name.size() + 1;
        header += (fold ? "\r\n " : " ") + word;
        length = (fold ? 0 : length) + 1 + word.size();
    }
    return header + "\r\n";
}

QByteArray mailDate(qint64 wallMs)
{
    return QLocale::c().toString(QDateTime::fromMSecsSinceEpoch(wallMs, QTimeZone::utc()), u"ddd, dd MMM yyyy hh:mm:ss"_s).toLatin1() + " +0000";
}

QByteArray mailAddress(const QString &text)
{
    QString bare = text.trimmed();
    if (const qsizetype open = bare.lastIndexOf(u'<'); open >= 0 && bare.endsWith(u'>'))
        bare = bare.sliced(open + 1).chopped(1).trimmed();
    const bool good = bare.count(u'@') == 1 && !bare.startsWith(u'@') && !bare.endsWith(u'@')
        && std::none_of(bare.cbegin(), bare.cend(), [](QChar c) { return c <= u' ' || c == u'<' || c == u'>' || c == u',' || c == u'"' || c > u'~'; });
    return good ? bare.toLatin1() : QByteArray();
}

QByteArray mailMessageId(const QString &id, const QString &from)
{
    QByteArray safe = id.toLatin1();
    safe.removeIf([](char c) { return !isalnum(uchar(c)) && c != '-' && c != '_' && c != '.'; });
    const QByteArray address = mailAddress(from);
    const QByteArray domain = address.mid(address.indexOf('@') + 1);
    return '<' + safe + '@' + (domain.isEmpty() ? QByteArray("prunella.invalid") : domain) + '>';
}

QByteArray mailText(const OutboxItem &item, const ChannelConfig &channel)
{
    const IncidentText text = incidentText(item);
    QByteArray mail = addressHeader("From", {channel.from}) + addressHeader("To", channel.to);
    mail += mailHeader("Subject", clipped(u"[Prunella] "_s + text.title, 250));
    mail += "Date: " + mailDate(item.createdAt) + "\r\nMessage-ID: " + mailMessageId(item.deliveryId, channel.from) + "\r\n";
    if (!text.id.isEmpty()) // one thread for each incident
        mail += "References: " + mailMessageId(u"incident-"_s + text.id, channel.from) + "\r\n";
    mail += "Auto-Submitted: auto-generated\r\n"; // RFC 3834: no holiday replies
    mail += mailHeader("X-Prunella-Delivery", item.deliveryId) + mailHeader("X-Prunella-Event", item.event);
    mail += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    const QString body = text.title + u"\n\n"_s + plainLines(text).join(u'\n') + u"\n"_s;
    return mail + base64Lines(QString(body).replace("\n"_L1, "\r\n"_L1).toUtf8());
}

} // namespace prunella
