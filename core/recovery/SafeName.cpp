#include "core/recovery/SafeName.h"

#include <QCryptographicHash>
#include <QUrl>

namespace prunella {

QString safeFileName(const QString &name)
{
    // Percent-encoding keeps letters, digits and -._~; a leading dot is encoded, too: neither hidden nor "..".
    QByteArray encoded = QUrl::toPercentEncoding(name, "@:");
    if (encoded.startsWith('.'))
        encoded.replace(0, 1, "%2E");
    if (encoded.size() > 150) // file names end at 255 bytes
        encoded = encoded.left(100) + '~' + QCryptographicHash::hash(name.toUtf8(), QCryptographicHash::Sha1).toHex();
    return encoded.isEmpty() ? QStringLiteral("%") : QString::fromLatin1(encoded);
}

} // namespace prunella
