#include "core/notification/SecretStore.h"

#include <QRegularExpression>
#include <QUrl>

namespace prunella {
using namespace Qt::StringLiterals;

bool isSecretName(const QString &name)
{
    static const QRegularExpression form(u"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"_s);
    return form.match(name).hasMatch() && !name.endsWith(u'\n');
}

Status checkSecret(const QByteArray &value)
{
    if (value.isEmpty())
        return failure(ErrorCode::Invalid, u"the secret is empty"_s);
    if (value.size() > 64 * 1024)
        return failure(ErrorCode::Invalid, u"the secret is longer than 64 KiB"_s);
    if (value.contains('\0'))
        return failure(ErrorCode::Invalid, u"the secret has a NUL byte in it"_s);
    return {};
}

QString redacted(QString text, const QByteArray &secret)
{
    if (secret.isEmpty())
        return text;
    QStringList forms{QString::fromUtf8(secret), QString::fromLatin1(secret.toPercentEncoding()), QString::fromLatin1(secret.toBase64()),
                      QString::fromLatin1(secret.toHex())};
    if (const QUrl url(QString::fromUtf8(secret)); !url.host().isEmpty()) {
        forms << url.toString() << url.toDisplayString() << url.path() << url.query();
        for (const QString &part : url.path().split(u'/')) {
            if (part.size() >= 6)
                forms << part;
        }
    }
    std::sort(forms.begin(), forms.end(), [](const QString &a, const QString &b) { return a.size() > b.size(); });
    for (const QString &form : std::as_const(forms)) {
        if (form.size() > 1)
            text.replace(form, u"[secret]"_s);
    }
    return text;
}

} // namespace prunella
