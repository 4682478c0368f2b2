// The only file that calls libcurl.
#include "core/notification/HttpMessage.h"
#include "core/notification/MailMessage.h"
#include "core/notification/MailSender.h"

#include <curl/curl.h>

#include <cstring>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

/// What the server said, as it went by.
struct Talk {
    const QByteArray *mail = nullptr;
    qsizetype sent = 0;
    bool toRecipient = false;     ///< the last command named one
    int accepted = 0, refused = 0, later = 0; ///< recipients: taken, refused for good (5xx), for now (4xx)
    int lastCode = 0;             ///< of the last reply that was no success
    QByteArray lastReply;
};

size_t readMail(char *buffer, size_t size, size_t count, void *user)
{
    auto *talk = static_cast<Talk *>(user);
    const qsizetype length = qMin(qsizetype(size * count), talk->mail->size() - talk->sent);
    std::memcpy(buffer, talk->mail->constData() + talk->sent, size_t(length));
    talk->sent += length;
    return size_t(length);
}

void reply(Talk &talk, const QByteArray &line)
{
    const int code = line.left(3).toInt();
    if (code < 200 || code > 599 || (line.size() > 3 && line.at(3) == '-'))
        return;
    if (code >= 400) {
        talk.lastCode = code;
        talk.lastReply = line.trimmed();
    }
    if (std::exchange(talk.toRecipient, false))
        ++(code < 300 ? talk.accepted : code >= 500 ? talk.refused : talk.later);
}

/// Nothing is kept of what we say but whether it was a recipient: the password goes by here, too.
int listen(CURL *, curl_infotype type, char *data, size_t size, void *user)
{
    auto *talk = static_cast<Talk *>(user);
    if (type == CURLINFO_HEADER_OUT)
        talk->toRecipient = QByteArrayView(data, qsizetype(size)).startsWith("RCPT TO:");
    else if (type == CURLINFO_HEADER_IN)
        reply(*talk, QByteArray(data, qsizetype(size)));
    return 0;
}

int progress(void *user, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    return *static_cast<const std::atomic<bool> *>(user) ? 1 : 0;
}

struct Session {
    CURL *handle = nullptr;
    curl_slist *recipients = nullptr;
    Session() : handle(curl_easy_init()) {}
    ~Session()
    {
        curl_slist_free_all(recipients);
        curl_easy_cleanup(handle);
    }
    Q_DISABLE_COPY_MOVE(Session)
};

void setTransport(CURL *curl, const MailCall &call)
{
    const bool tls = call.channel.startTls || call.channel.server.startsWith("smtps:"_L1);
    curl_easy_setopt(curl, CURLOPT_URL, call.channel.server.toUtf8().constData());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, long(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, long(CURL_SSLVERSION_TLSv1_2));
    if (!call.channel.caFile.isEmpty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, call.channel.caFile.toUtf8().constData());
        curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
    }
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, long(call.channel.timeoutMs));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, long(call.channel.timeoutMs));
    curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, long(qMax<qint64>(1, call.channel.timeoutMs / 1000)));
}

QByteArray bracketed(const QString &address)
{
    return '<' + mailAddress(address) + '>';
}

void setMail(Session &session, const MailCall &call, Talk &talk, const std::atomic<bool> &stopping)
{
    CURL *curl = session.handle;
    if (!call.channel.user.isEmpty()) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, call.channel.user.toUtf8().constData());
        curl_easy_setopt(curl, CURLOPT_PASSWORD, call.password.constData());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, bracketed(call.channel.from).constData());
    for (const QString &to : call.channel.to)
        session.recipients = curl_slist_append(session.recipients, bracketed(to).constData());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, session.recipients);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, readMail);
    curl_easy_setopt(curl, CURLOPT_READDATA, &talk);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, listen);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &talk);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool> *>(&stopping));
}

DeliveryResult delivered(const Talk &talk)
{
    const QString words = printableLine(talk.lastReply);
    if (talk.later > 0)
        return {failure(ErrorCode::Unavailable, u"the mail server does not take it for %1 of %2 recipients for now: %3"_s
                            .arg(talk.later).arg(talk.later + talk.refused + talk.accepted).arg(words)), 0, {}};
    if (talk.refused > 0)
        return {{}, 0, u"the mail server refused %1 of %2 recipients: %3"_s.arg(talk.refused).arg(talk.refused + talk.accepted).arg(words)};
    return {};
}

Error failed(CURLcode code, const Talk &talk, const MailCall &call)
{
    const QString host = QUrl(call.channel.server).host();
    const QString words = talk.lastReply.isEmpty() ? QString() : QString(u": "_s + printableLine(talk.lastReply));
    if (code == CURLE_OPERATION_TIMEDOUT)
        return {ErrorCode::Timeout, host + u" did not answer within "_s + QString::number(double(call.channel.timeoutMs) / 1000) + u" s"_s};
    if (code == CURLE_USE_SSL_FAILED && talk.lastCode < 400)
        return {ErrorCode::Invalid, host + u" does not offer STARTTLS: use smtps://, or write starttls: false for a server inside this machine"_s};
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return {ErrorCode::Unavailable, host + u": its certificate is not trusted (ca_file names an authority of your own)"_s};
    if (talk.lastCode >= 400 && talk.lastCode < 500)
        return {ErrorCode::Unavailable, host + u" does not take mail for now"_s + words};
    if (code == CURLE_LOGIN_DENIED)
        return {ErrorCode::NotAuthorised, host + u" refused the login: check user and password_secret"_s};
    if (talk.lastCode >= 500)
        return {ErrorCode::Invalid, host + u" refused the mail"_s + words};
    return {ErrorCode::Unavailable, host + u": "_s + QString::fromUtf8(curl_easy_strerror(code))};
}

} // namespace

DeliveryResult sendMail(const MailCall &call, const std::atomic<bool> &stopping)
{
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT); // once, whichever thread comes first
    Session session;
    if (ready != CURLE_OK || !session.handle)
        return {failure(ErrorCode::Internal, u"libcurl does not start"_s), 0, {}};
    Talk talk;
    talk.mail = &call.mail;
    setTransport(session.handle, call);
    setMail(session, call, talk, stopping);
    const CURLcode code = curl_easy_perform(session.handle);
    if (code == CURLE_OK)
        return delivered(talk);
    return {tl::unexpected(failed(code, talk, call)), 0, {}};
}

} // namespace prunella
