#pragma once
// A mail about an incident, as it goes over the wire (RFC 5322, CRLF lines). Pure: the same item gives the same bytes.
#include "core/model/Config.h"
#include "core/model/Store.h"

namespace prunella {

/// A header's text: as it stands when it is printable ASCII, else RFC 2047 words. Folded, no line over 76 bytes where a
/// space allows it, and no line break of the text survives.
[[nodiscard]] QByteArray mailHeader(const QByteArray &name, const QString &text);
/// RFC 5322 date in UTC.
[[nodiscard]] QByteArray mailDate(qint64 wallMs);
/// "<delivery-id@domain of `from`>": a receiver drops a second copy by it.
[[nodiscard]] QByteArray mailMessageId(const QString &id, const QString &from);
/// The address alone of "Name <a@b>" or "a@b"; empty when there is none or it has spaces, angles or controls in it.
[[nodiscard]] QByteArray mailAddress(const QString &text);
/// Header and body; `Date` is the item's, so that every try is the same mail.
[[nodiscard]] QByteArray mailText(const OutboxItem &item, const ChannelConfig &channel);

} // namespace prunella
