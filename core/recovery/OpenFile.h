#pragma once
#include "core/base/Result.h"

#include <utility>

namespace prunella {

/// A file descriptor that closes itself.
class OpenFile
{
public:
    OpenFile() = default;
    explicit OpenFile(int fd) : m_fd(fd) {}
    OpenFile(OpenFile &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    OpenFile &operator=(OpenFile &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~OpenFile();

    [[nodiscard]] int fd() const { return m_fd; }
    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    void close();

private:
    int m_fd = -1;
};

/// NotAuthorised, NotFound, Io or Invalid for an errno, with the system's words behind `what`.
[[nodiscard]] tl::unexpected<Error> systemFailure(const QString &what, int error);

/// Opens with openat2 and RESOLVE_BENEATH | NO_SYMLINKS | NO_MAGICLINKS | NO_XDEV: no link is followed, in no part of
/// `path`, and nothing outside `folder` or its mount can be reached. -1 with errno (ELOOP: a link, EXDEV: it leads out).
[[nodiscard]] OpenFile openBeneath(int folder, const QByteArray &path, int flags);
/// The same for an absolute path from the root; no link in any part of it.
[[nodiscard]] OpenFile openWithoutLinks(const QByteArray &path, int flags);

} // namespace prunella
