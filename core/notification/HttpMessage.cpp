#include "core/notification/HttpMessage.h"

#include <QDateTime>
#include <QHostAddress>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 kDayMs = 86'400'000;

/// An HTTP date ("Wed, 21 Oct 2026 07:28:00 GMT") in ms since 1970; nothing when it is none.
std::optional<qint64> httpDate(const QByteArray &text)
{
    QDateTime time = QLocale::c().toDateTime(QString::fromLatin1(text.trimmed()), u"ddd, dd MMM yyyy hh:mm:ss 'GMT'"_s);
    if (!time.isValid())
        return std::nullopt;
    time.setTimeZone(QTimeZone::utc());
    return time.toMSecsSinceEpoch();
}

} // namespace

Status httpStatusMeaning(int httpStatus)
{
    if (httpStatus >= 200 && httpStatus < 300)
        return {};
    const QString text = u"the receiver answered HTTP "_s + QString::number(httpStatus);
    if (httpStatus == 401 || httpStatus == 403)
        return failure(ErrorCode::NotAuthorised, text + u": check the channel's url and secret"_s);
    if (httpStatus == 404 || httpStatus == 410)
        return failure(ErrorCode::NotFound, text + u": check the channel's url"_s);
    if (httpStatus == 429)
        return failure(ErrorCode::Busy, text + u": too many messages, it is left alone for a while"_s);
    if (httpStatus >= 400 && httpStatus < 500 && httpStatus != 408)
        return failure(ErrorCode::Invalid, text + u": it does not take this message"_s);
    if (httpStatus >= 300 && httpStatus < 400)
        return failure(ErrorCode::Unavailable, text + u": redirects are not followed, set the channel's url to the new place"_s);
    return failure(ErrorCode::Unavailable, text);
}

qint64 retryAfterMs(const QByteArray &value, const QByteArray &date)
{
    bool isNumber = false;
    const double seconds = value.trimmed().toDouble(&isNumber); // some write fractions
    if (isNumber)
        return seconds > 0 ? qint64(std::min(seconds * 1000, double(kDayMs))) : 0;
    const auto until = httpDate(value), now = httpDate(date);
    return until && now ? std::clamp<qint64>(*until - *now, 0, kDayMs) : 0;
}

bool mayCarrySecret(const QUrl &url)
{
    return url.scheme() == "https"_L1 || url.host() == "localhost"_L1 || QHostAddress(url.host()).isLoopback();
}

QString printableLine(const QByteArray &text, int most)
{
    QString line = QString::fromUtf8(text.left(4096));
    line.removeIf([](QChar c) { return !c.isPrint() && !c.isSpace(); });
    line = line.simplified();
    return line.size() > most ? QString(line.left(most - 1) + u'…') : line;
}

} // namespace prunella
