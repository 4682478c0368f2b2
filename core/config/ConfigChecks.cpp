// Checks that several parts of the configuration share.
#include "core/config/ConfigReading.h"

#include <QRegularExpression>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace prunella {

bool UniqueNames::take(YamlReader &entry, QLatin1StringView key, const QString &name)
{
    if (name.isEmpty())
        return true;
    if (!m_seen.contains(name)) {
        m_seen.insert(name, entry.at());
        return true;
    }
    entry.problem(key, u"\"%1\" stands already in line %2, expected each name once"_s.arg(name).arg(m_seen.value(name).line));
    return false;
}

bool checkUrl(YamlReader &reader, QLatin1StringView key, const QString &url, const QStringList &schemes)
{
    if (url.isEmpty())
        return true;
    const QUrl parsed(url, QUrl::StrictMode);
    if (parsed.isValid() && schemes.contains(parsed.scheme()) && !parsed.host().isEmpty())
        return true;
    reader.problem(key, u"is \"%1\", expected a URL such as %2://host:8080/path"_s.arg(url, schemes.constFirst()));
    return false;
}

bool checkAddress(YamlReader &reader, QLatin1StringView key, const QString &address)
{
    if (address.isEmpty())
        return true;
    // [::1]:80, or a name or IPv4 address without colons
    static const QRegularExpression form(u"^(\\[[0-9A-Fa-f:.%a-z]+\\]|[^:\\s\\[\\]/]+):([0-9]{1,5})$"_s);
    const QRegularExpressionMatch match = form.match(address);
    const int port = match.captured(2).toInt();
    if (match.hasMatch() && port >= 1 && port <= 65535)
        return true;
    reader.problem(key, u"is \"%1\", expected host:port with a port from 1 to 65535"_s.arg(address));
    return false;
}

bool checkPattern(YamlReader &reader, QLatin1StringView key, const QString &pattern)
{
    const QRegularExpression expression(pattern);
    if (expression.isValid())
        return true;
    reader.problem(key, u"is no regular expression: %1 at character %2"_s.arg(expression.errorString()).arg(expression.patternErrorOffset() + 1));
    return false;
}

bool checkName(YamlReader &reader, QLatin1StringView key, const QString &name)
{
    static const QRegularExpression form(u"^[A-Za-z0-9_][A-Za-z0-9_.@:-]*$"_s);
    if (name.isEmpty() || form.match(name).hasMatch())
        return true;
    reader.problem(key, u"is \"%1\", expected letters, digits and . _ - @ : only"_s.arg(name));
    return false;
}

bool readCommand(YamlReader &reader, QLatin1StringView key, QStringList &out)
{
    if (!reader.texts(key, out))
        return !reader.has(key);
    if (!out.isEmpty() && !out.constFirst().isEmpty())
        return true;
    reader.problem(key, u"has no program, expected a list such as [/usr/bin/program, argument]"_s);
    return false;
}

void laterSwitch(YamlReader &reader, QLatin1StringView key, bool &out)
{
    if (reader.boolean(key, out) && out)
        reader.notYet(key);
}

} // namespace prunella
