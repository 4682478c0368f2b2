#include "core/monitoring/PeerAddress.h"
#include "core/monitoring/ProcText.h"

#include <array>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <poll.h>
#include <system_error>
#include <pthread.h>

namespace prunella {
namespace {

using Endpoints = std::vector<PeerEndpoint>;

/// getaddrinfo's answer; `error` is its own number.
struct Answer {
    int error = 0;
    Endpoints endpoints;
};

Answer ask(const PeerAddress &peer, int flags)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo *list = nullptr;
    Answer answer;
    answer.error = getaddrinfo(peer.host.c_str(), peer.port.c_str(), &hints, &list);
    if (answer.error != 0)
        return answer;
    for (const addrinfo *one = list; one; one = one->ai_next) {
        PeerEndpoint endpoint;
        endpoint.size = one->ai_addrlen;
        std::memcpy(&endpoint.address, one->ai_addr, one->ai_addrlen);
        answer.endpoints.push_back(endpoint);
    }
    freeaddrinfo(list);
    return answer;
}

/// Shared by the asker and the thread that asks the name server: whoever leaves last clears up.
struct Question {
    PeerAddress peer;
    Answer answer;
    MonitorCancel done;
};

/// Unavailable: no name server answers; NotFound: it knows no such name.
ErrorCode codeOf(int error)
{
    switch (error) {
    case EAI_AGAIN: return ErrorCode::Unavailable;
    case EAI_NONAME:
    case EAI_NODATA:
    case EAI_ADDRFAMILY: return ErrorCode::NotFound;
    default: return ErrorCode::Io;
    }
}

QString quoted(const PeerAddress &peer)
{
    return QStringLiteral("cannot resolve %1: ").arg(QString::fromStdString(peer.host));
}

/// false when this process can have no more threads
bool askInThread(const std::shared_ptr<Question> &question)
{
    const auto work = [](void *argument) -> void * {
        const std::unique_ptr<std::shared_ptr<Question>> own(static_cast<std::shared_ptr<Question> *>(argument));
        (*own)->answer = ask((*own)->peer, 0);
        (*own)->done.cancel();
        return nullptr;
    };
    auto argument = std::make_unique<std::shared_ptr<Question>>(question);
    pthread_t thread{};
    if (pthread_create(&thread, nullptr, work, argument.get()) != 0)
        return false;
    argument.release();
    pthread_detach(thread);
    return true;
}

} // namespace

Result<PeerAddress> parsePeer(const QString &text)
{
    const std::string address = text.trimmed().toStdString();
    const auto colon = address.rfind(':');
    PeerAddress peer;
    if (colon != std::string::npos) {
        peer.host = address.substr(0, colon);
        peer.port = address.substr(colon + 1);
    }
    const bool bracketed = peer.host.size() >= 2 && peer.host.front() == '[' && peer.host.back() == ']';
    if (bracketed)
        peer.host = peer.host.substr(1, peer.host.size() - 2);
    const auto port = proctext::number<unsigned>(peer.port);
    const bool ambiguous = !bracketed && peer.host.find(':') != std::string::npos;
    if (peer.host.empty() || ambiguous || !port || *port == 0 || *port > 65535)
        return failure(ErrorCode::Invalid,
                       QStringLiteral("\"%1\" is no peer: expected host:port, for IPv6 [address]:port").arg(text));
    return peer;
}

Result<std::vector<PeerEndpoint>> resolvePeer(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel)
{
    auto numeric = ask(peer, AI_NUMERICHOST); // an address needs no name server
    if (numeric.error == 0)
        return std::move(numeric.endpoints);
    const auto question = std::make_shared<Question>();
    question->peer = peer;
    if (!askInThread(question))
        return failure(ErrorCode::Internal, quoted(peer) + QStringLiteral("no more threads"));
    std::array<pollfd, 2> waited{pollfd{question->done.fd(), POLLIN, 0}, pollfd{cancel.fd(), POLLIN, 0}};
    while (poll(waited.data(), waited.size(), timeoutMs) < 0 && errno == EINTR) { }
    if (!question->done.isCancelled())
        return failure(ErrorCode::Timeout, quoted(peer) + QStringLiteral("no answer in time"));
    const auto &answer = question->answer;
    if (answer.error != 0)
        return failure(codeOf(answer.error), quoted(peer) + QString::fromLocal8Bit(gai_strerror(answer.error)));
    return answer.endpoints;
}

} // namespace prunella
