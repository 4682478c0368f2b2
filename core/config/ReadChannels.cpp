// Who is told: channels. A secret is named here, never written: errors do not repeat what was written in its place.
#include "core/config/ConfigReading.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QUrl>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

const QString kNoSecretHere = u"must not stand in the configuration: store it with `prunellactl secret set NAME` and write \"%1: NAME\""_s;

bool isInside(const QUrl &url)
{
    static const QRegularExpression loopback(u"\\A(localhost|::1|127(\\.[0-9]{1,3}){3})\\z"_s);
    return loopback.match(url.host()).hasMatch();
}

/// What people write a secret under; `instead` is the key that takes its name. Whether there was none.
bool refuseSecrets(YamlReader &reader, const QString &instead, const QList<QLatin1StringView> &keys)
{
    bool none = true;
    for (const QLatin1StringView key : keys) {
        if (!reader.node(key))
            continue;
        reader.problem(key, kNoSecretHere.arg(instead));
        none = false;
    }
    return none;
}

/// A key of 20 and more letters and digits without a break, a URL, or a token by its beginning.
bool looksLikeSecret(const QString &text)
{
    static const QRegularExpression token(u"^(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=]{20,}$|://|^xox[a-z]-"_s);
    return token.match(text).hasMatch();
}

bool readSecretName(YamlReader &reader, QLatin1StringView key, QString &out)
{
    static const QRegularExpression form(u"\\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\\z"_s);
    QString name;
    if (!reader.text(key, name))
        return false;
    if (looksLikeSecret(name))
        reader.problem(key, u"looks like the secret itself, which "_s + kNoSecretHere.arg(QString(key)));
    else if (!form.match(name).hasMatch())
        reader.problem(key, u"is no name of a secret, expected up to 64 letters, digits and . _ -, for example pager-key"_s);
    else
        out = name;
    return !out.isEmpty();
}

/// The text of a URL may be a secret, so it is not repeated. Returns whether it is a good one.
bool readChannelUrl(YamlReader &reader, QLatin1StringView key, QString &out, const QStringList &schemes, const QString &secretKey)
{
    static const QRegularExpression secretPlace(
        u"hooks\\.slack\\.com/|discord(app)?\\.com/api/webhooks|webhook\\.office\\.com|logic\\.azure\\.com|chat\\.googleapis\\.com"_s);
    QString text;
    if (!reader.text(key, text))
        return false;
    const QUrl url(text, QUrl::StrictMode);
    if (secretPlace.match(text).hasMatch())
        reader.problem(key, u"is a secret itself, and "_s + kNoSecretHere.arg(secretKey));
    else if (!url.userInfo().isEmpty() || text.section(u'/', 2, 2).contains(u'@'))
        reader.problem(key, u"has a user or a password in it, and a secret "_s + kNoSecretHere.arg(secretKey));
    else if (!url.isValid() || !schemes.contains(url.scheme()) || url.host().isEmpty())
        reader.problem(key, u"is no such URL, expected %1://host:port/path"_s.arg(schemes.join(u"://… or "_s)));
    else
        out = text;
    return !out.isEmpty();
}

void refusePlainText(YamlReader &reader, QLatin1StringView key, const ChannelConfig &channel)
{
    const QUrl url(channel.url);
    if (!channel.secret.isEmpty() && url.scheme() == "http"_L1 && !isInside(url))
        reader.problem(key, u"would carry a secret in plain text to another machine, expected https://…"_s);
}

void readWebhook(YamlReader &reader, ChannelConfig &out)
{
    refuseSecrets(reader, u"secret"_s, {"token"_L1, "hmac"_L1, "key"_L1, "password"_L1});
    if (reader.has("url_secret"_L1)) { // services whose URL is the secret
        readSecretName(reader, "url_secret"_L1, out.secret);
        for (const auto key : {"url"_L1, "secret"_L1}) {
            if (reader.node(key))
                reader.problem(key, u"stands beside url_secret, expected one of them"_s);
        }
        return;
    }
    reader.require("url"_L1, u"a URL such as http://127.0.0.1:9999/hook"_s);
    readChannelUrl(reader, "url"_L1, out.url, {u"http"_s, u"https"_s}, u"url_secret"_s);
    readSecretName(reader, "secret"_L1, out.secret);
    reader.ignore("url_secret"_L1);
}

void readSlack(YamlReader &reader, ChannelConfig &out)
{
    if (refuseSecrets(reader, u"url_secret"_s, {"url"_L1, "webhook_url"_L1, "token"_L1, "secret"_L1})) // one complaint is enough
        reader.require("url_secret"_L1, u"the name of a secret"_s);
    readSecretName(reader, "url_secret"_L1, out.secret);
}

void readPagerDuty(YamlReader &reader, ChannelConfig &out)
{
    if (refuseSecrets(reader, u"routing_key_secret"_s, {"routing_key"_L1, "integration_key"_L1, "service_key"_L1, "key"_L1, "token"_L1}))
        reader.require("routing_key_secret"_L1, u"the name of a secret"_s);
    readSecretName(reader, "routing_key_secret"_L1, out.secret);
    out.url = u"https://events.pagerduty.com/v2/enqueue"_s;
    readChannelUrl(reader, "url"_L1, out.url, {u"https"_s, u"http"_s}, u"routing_key_secret"_s);
    refusePlainText(reader, "url"_L1, out);
}

void readAlertmanager(YamlReader &reader, ChannelConfig &out)
{
    refuseSecrets(reader, u"token_secret"_s, {"token"_L1, "bearer_token"_L1, "password"_L1, "basic_auth"_L1});
    reader.require("url"_L1, u"a URL such as http://127.0.0.1:9093"_s);
    readChannelUrl(reader, "url"_L1, out.url, {u"http"_s, u"https"_s}, u"token_secret"_s);
    readSecretName(reader, "token_secret"_L1, out.secret);
    refusePlainText(reader, "url"_L1, out);
}

void checkMailAddress(YamlReader &reader, QLatin1StringView key, const QString &address)
{
    static const QRegularExpression form(u"\\A(?:[^<>\\r\\n]*<[^\\s<>@,\"]+@[^\\s<>@,\"]+>|[^\\s<>@,\"]+@[^\\s<>@,\"]+)\\z"_s);
    const bool ascii = std::all_of(address.cbegin(), address.cend(), [](QChar c) { return c.unicode() < 0x7f; });
    if (!form.match(address).hasMatch() || !ascii)
        reader.problem(key, u"has \"%1\", expected an address such as oncall@example.org"_s.arg(address));
}

/// Relative to the file that names it.
bool readPath(YamlReader &reader, QLatin1StringView key, QString &out)
{
    QString path;
    if (!reader.text(key, path))
        return false;
    out = QDir::cleanPath(QDir(QFileInfo(reader.node(key)->at.file).absolutePath()).absoluteFilePath(path));
    return true;
}

void readMailLogin(YamlReader &reader, ChannelConfig &out)
{
    const bool written = !refuseSecrets(reader, u"password_secret"_s, {"password"_L1, "pass"_L1, "token"_L1, "secret"_L1});
    const bool user = reader.text("user"_L1, out.user);
    const bool password = reader.has("password_secret"_L1);
    readSecretName(reader, "password_secret"_L1, out.secret);
    if (user && !password && !written)
        reader.problem("user"_L1, u"has no password, expected password_secret: NAME beside it"_s);
    if (password && !user)
        reader.problem("password_secret"_L1, u"has nobody to log in, expected user: NAME beside it"_s);
    reader.boolean("starttls"_L1, out.startTls);
    const QUrl server(out.server);
    if (!out.startTls && !out.server.isEmpty() && server.scheme() == "smtp"_L1 && !isInside(server))
        reader.problem("starttls"_L1, u"would send mail in plain text to another machine, expected true"_s,
                       user ? ProblemLevel::Error : ProblemLevel::Warning);
}

void readMail(YamlReader &reader, ChannelConfig &out)
{
    reader.require("server"_L1, u"a URL such as smtps://mail:465"_s);
    readChannelUrl(reader, "server"_L1, out.server, {u"smtps"_s, u"smtp"_s}, u"password_secret"_s);
    reader.require("from"_L1, u"an address such as prunella@example.org"_s);
    if (reader.text("from"_L1, out.from))
        checkMailAddress(reader, "from"_L1, out.from);
    if (reader.require("to"_L1, u"a list of addresses"_s) && reader.texts("to"_L1, out.to) && out.to.isEmpty())
        reader.problem("to"_L1, u"is empty, expected at least one address"_s);
    for (const QString &address : std::as_const(out.to))
        checkMailAddress(reader, "to"_L1, address);
    readMailLogin(reader, out);
    readPath(reader, "ca_file"_L1, out.caFile);
}

/// The type decides which keys there are.
void readChannelByType(YamlReader &reader, ChannelConfig &out)
{
    if (out.type == "desktop"_L1)
        return;
    if (out.type == "webhook"_L1) {
        readWebhook(reader, out);
    } else if (out.type == "pagerduty"_L1) {
        readPagerDuty(reader, out);
    } else if (out.type == "slack"_L1) {
        readSlack(reader, out);
    } else if (out.type == "alertmanager"_L1) {
        readAlertmanager(reader, out);
    } else if (out.type == "smtp"_L1) {
        readMail(reader, out);
    } else {
        reader.require("command"_L1, u"a list such as [/usr/local/bin/tell, oncall]"_s);
        readCommand(reader, "command"_L1, out.command);
    }
    reader.duration("timeout"_L1, out.timeoutMs, {1000, 300'000});
}

} // namespace

void readChannels(YamlReader &selfHealing, QMap<QString, ChannelConfig> &out)
{
    static const QStringList types{u"webhook"_s, u"desktop"_s, u"pagerduty"_s, u"slack"_s, u"smtp"_s, u"alertmanager"_s, u"command"_s};
    selfHealing.maps("channels"_L1, [&out](const QString &name, YamlReader &reader) {
        ChannelConfig channel;
        channel.name = name;
        reader.require("type"_L1, u"one of "_s + types.join(", "_L1));
        if (reader.choice("type"_L1, channel.type, types))
            readChannelByType(reader, channel);
        else
            reader.acceptAnyKey();
        if (name == "desktop"_L1 && channel.type != "desktop"_L1)
            reader.problem("type"_L1, u"the name desktop means desktop notifications; expected another name for this channel"_s);
        out.insert(name, channel);
    });
}

void readSecretsFile(YamlReader &selfHealing, QString &out)
{
    readPath(selfHealing, "secrets_file"_L1, out);
}

} // namespace prunella
