#pragma once
// One HTTP POST as a value, and what its answer means. Pure.
#include "core/notification/Delivery.h"

#include <QByteArray>
#include <QList>
#include <QPair>
#include <QUrl>

namespace prunella {

struct HttpMessage {
    QUrl url;
    QList<QPair<QByteArray, QByteArray>> headers; ///< beside Content-Type: application/json and User-Agent
    QByteArray body;
};

/// A header's value of the delivery's stable id; every channel over HTTP sends it.
inline constexpr char deliveryHeader[] = "X-Prunella-Delivery";

/// What an HTTP status means: delivered, failed for good (4xx but 408 and 429), or worth another try.
[[nodiscard]] Status httpStatusMeaning(int httpStatus);
/// A Retry-After header (RFC 9110, 10.2.3: seconds, or a time against the answer's own Date header) in ms, from 0 to one
/// day. 0: there is none, or nobody can read it.
[[nodiscard]] qint64 retryAfterMs(const QByteArray &value, const QByteArray &date);
/// Over http a secret may only travel inside this machine: the host is 127.x.x.x, ::1 or localhost.
[[nodiscard]] bool mayCarrySecret(const QUrl &url);
/// One line of printable characters, at most `most` long, to be shown to people.
[[nodiscard]] QString printableLine(const QByteArray &text, int most = 160);

} // namespace prunella
