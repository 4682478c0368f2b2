#pragma once
#include "core/base/Result.h"

#include <QByteArrayList>

#include <utility>

namespace prunella::store {

/// Where intents and outcomes go while the database cannot be written: a file whose blocks were reserved beforehand,
/// so that a full disk does not stop it. Lines of `crc32 record`, each append made durable before it returns.
class FallbackFile
{
public:
    static constexpr qint64 size = 1024 * 1024; ///< bytes, reserved at open

    [[nodiscard]] static Result<FallbackFile> open(const QString &path);
    FallbackFile(FallbackFile &&other) noexcept
        : m_fd(std::exchange(other.m_fd, -1)), m_used(other.m_used), m_path(std::move(other.m_path)) {}
    FallbackFile &operator=(FallbackFile &&other) noexcept;
    FallbackFile(const FallbackFile &) = delete;
    FallbackFile &operator=(const FallbackFile &) = delete;
    ~FallbackFile();

    [[nodiscard]] Status append(const QByteArrayList &records);
    /// Every intact record in order; a torn one is skipped.
    [[nodiscard]] QByteArrayList read() const;
    /// Zeroes what was written and keeps the reserved blocks.
    [[nodiscard]] Status clear();
    [[nodiscard]] bool isEmpty() const { return m_used == 0; }
    [[nodiscard]] const QString &path() const { return m_path; }

private:
    FallbackFile(int fd, QString path) : m_fd(fd), m_path(std::move(path)) {}

    int m_fd = -1;
    qint64 m_used = 0; ///< bytes up to the end of the last line, torn or not
    QString m_path;
};

} // namespace prunella::store
