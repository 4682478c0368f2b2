#pragma once
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

#include <QJsonObject>
#include <QList>

namespace prunella {

/// The Docker Engine API (v1.41, which podman speaks as well) over its unix socket. Every call opens a connection of its
/// own, blocks, ends at its timeout, and soon after the token is cancelled (Timeout). For any thread.
///
/// Errors by what was answered: NotFound (404: no such container or image), Busy (409: a name that is taken, a state in
/// which it cannot be done), NotAuthorised (403, and no right to the socket), Invalid (400), Io (500 and what is no HTTP),
/// Unavailable (nobody listens), Timeout. Messages carry the daemon's own words.
class ContainerApi
{
public:
    struct Answer { int status = 0; QByteArray body; };
    using Pairs = QList<std::pair<QString, QString>>;

    /// `socket`: as the configuration has it; see config/ContainerSocket.h. `token` must outlive this.
    ContainerApi(const QString &socket, const CancelToken &token) : m_socket(socket), m_token(token) {}

    [[nodiscard]] Result<QJsonObject> inspect(const QString &container) const;
    /// Id ("sha256:…") of an image that is here; NotFound when it is not.
    [[nodiscard]] Result<QString> imageId(const QString &image) const;
    /// All containers, running or not, that carry this label: names without '/'.
    [[nodiscard]] Result<QStringList> namesWithLabel(const QString &label, const QString &value) const;
    [[nodiscard]] Status start(const QString &container) const;
    /// Stops (the daemon sends the stop signal, after `stopSeconds` SIGKILL) and starts; waits for both.
    [[nodiscard]] Status restart(const QString &container, int stopSeconds, int timeoutMs) const;
    [[nodiscard]] Status stop(const QString &container, int stopSeconds) const;
    [[nodiscard]] Status rename(const QString &container, const QString &name) const;
    [[nodiscard]] Status create(const QString &name, const QJsonObject &config) const;
    [[nodiscard]] Status connect(const QString &container, const QString &network, const QJsonObject &endpoint) const;
    /// Stopped or running; its anonymous volumes stay.
    [[nodiscard]] Status remove(const QString &container) const;
    /// Last lines of stdout and stderr, at most 2 KiB; empty when they cannot be had.
    [[nodiscard]] QString lastLog(const QString &container) const;
    /// Changes limits of a running container: HostConfig's keys (Memory, MemorySwap, CpuQuota, CpuPeriod, PidsLimit). podman
    /// before 5 has another address for it, which is tried when the first one is unknown.
    [[nodiscard]] Status update(const QString &container, const QJsonObject &limits) const;
    /// podman only, where nobody else does it: runs the image's health check once. Docker runs it by itself.
    void runHealthCheck(const QString &container) const;

    /// `path` without the version. Any status is an answer; errors are those of the connection.
    [[nodiscard]] Result<Answer> call(const QByteArray &method, const QString &path, const Pairs &query = {},
                                      const QJsonObject &body = {}, int timeoutMs = 30'000) const;

private:
    [[nodiscard]] Status done(const Result<Answer> &answer) const;

    const QString m_socket;
    const CancelToken &m_token;
};

} // namespace prunella
