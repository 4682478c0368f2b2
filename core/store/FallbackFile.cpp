#include "core/store/FallbackFile.h"

#include "core/store/Files.h"

#include <QFile>
#include <QFileInfo>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

constexpr int checksumDigits = 8;

constexpr std::array<quint32, 256> makeCrcTable()
{
    std::array<quint32, 256> table{};
    for (quint32 i = 0; i < 256; ++i) {
        quint32 crc = i;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
        table[i] = crc;
    }
    return table;
}

/// CRC-32 as in zlib, in eight hexadecimal digits.
QByteArray checksum(const QByteArray &bytes)
{
    static constexpr auto table = makeCrcTable();
    quint32 crc = 0xFFFFFFFFu;
    for (const char byte : bytes)
        crc = (crc >> 8) ^ table[(crc ^ quint8(byte)) & 0xFF];
    return QByteArray::number(~crc, 16).rightJustified(checksumDigits, '0');
}

bool writeAll(int fd, const QByteArray &bytes, qint64 offset)
{
    qint64 written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::pwrite(fd, bytes.constData() + written, std::size_t(bytes.size() - written), offset + written);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        written += count;
    }
    return ::fdatasync(fd) == 0;
}

QByteArray readAll(int fd)
{
    QByteArray bytes(FallbackFile::size, '\0');
    qint64 got = 0;
    while (got < bytes.size()) {
        const ssize_t count = ::pread(fd, bytes.data() + got, std::size_t(bytes.size() - got), got);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        got += count;
    }
    bytes.truncate(got);
    return bytes;
}

} // namespace

Result<FallbackFile> FallbackFile::open(const QString &path)
{
    if (auto ready = ensurePrivateDir(QFileInfo(path).absolutePath()); !ready)
        return tl::unexpected(ready.error());
    FallbackFile file(::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), path);
    if (file.m_fd < 0)
        return failure(ErrorCode::Io, path + u" cannot be opened: "_s + errnoText());
    if (const int error = ::posix_fallocate(file.m_fd, 0, size); error != 0) {
        errno = error;
        return failure(ErrorCode::Io, path + u" cannot be reserved: "_s + errnoText());
    }
    ::fsync(file.m_fd);
    syncDir(QFileInfo(path).absolutePath());
    // Behind the last byte that is not zero, and on a new line, so that a torn record spoils no later one.
    const QByteArray bytes = readAll(file.m_fd);
    qsizetype end = bytes.size();
    while (end > 0 && bytes[end - 1] == '\0')
        --end;
    file.m_used = end;
    if (end > 0 && bytes[end - 1] != '\n' && writeAll(file.m_fd, "\n", end))
        file.m_used = end + 1;
    return file;
}

FallbackFile &FallbackFile::operator=(FallbackFile &&other) noexcept
{
    std::swap(m_fd, other.m_fd);
    std::swap(m_used, other.m_used);
    std::swap(m_path, other.m_path);
    return *this;
}

FallbackFile::~FallbackFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

Status FallbackFile::append(const QByteArrayList &records)
{
    QByteArray lines;
    for (const QByteArray &record : records)
        lines += checksum(record) + ' ' + record + '\n';
    if (m_used + lines.size() > size)
        return failure(ErrorCode::Io, m_path + u" is full"_s);
    if (!writeAll(m_fd, lines, m_used)) {
        const QString why = errnoText();
        // Part of it may have arrived: later records start on a line of their own.
        if (writeAll(m_fd, "\n", m_used + lines.size() - 1))
            m_used += lines.size();
        return failure(ErrorCode::Io, m_path + u" cannot be written: "_s + why);
    }
    m_used += lines.size();
    return {};
}

QByteArrayList FallbackFile::read() const
{
    QByteArrayList records;
    for (QByteArray line : readAll(m_fd).split('\n')) {
        line.replace('\0', QByteArray()); // a hole left by a torn write
        const QByteArray record = line.mid(checksumDigits + 1);
        if (line.size() > checksumDigits && line[checksumDigits] == ' ' && line.left(checksumDigits) == checksum(record))
            records << record;
    }
    return records;
}

Status FallbackFile::clear()
{
    if (m_used == 0)
        return {};
    if (!writeAll(m_fd, QByteArray(m_used, '\0'), 0))
        return failure(ErrorCode::Io, m_path + u" cannot be emptied: "_s + errnoText());
    m_used = 0;
    return {};
}

} // namespace prunella::store
