#include "core/recovery/ProcessOutput.h"

#include <QFile>

namespace prunella {
namespace {

QByteArray lastBytes(QFile &file, qint64 bytes)
{
    file.seek(std::max<qint64>(file.size() - bytes, 0));
    return file.read(bytes);
}

} // namespace

Status rotateOutput(const QString &file)
{
    QFile current(file);
    if (!current.exists() || current.size() <= maxOutputBytes)
        return {};
    QFile old(file + QStringLiteral(".1"));
    const auto io = [](const QFile &where) {
        return failure(ErrorCode::Io, QStringLiteral("cannot rotate ") + where.fileName() + QStringLiteral(": ") + where.errorString());
    };
    if (!current.open(QIODevice::ReadWrite))
        return io(current);
    if (!old.open(QIODevice::WriteOnly | QIODevice::Truncate))
        return io(old);
    old.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    const QByteArray kept = lastBytes(current, maxOutputBytes);
    // Truncated even when the copy failed: on a full disk the space is what is needed most.
    const bool copied = old.write(kept) == kept.size() && old.flush();
    if (!current.resize(0))
        return io(current);
    return copied ? Status() : io(old);
}

QString tailOutput(const QString &file, int maxBytes)
{
    QFile output(file);
    if (maxBytes <= 0 || !output.open(QIODevice::ReadOnly))
        return {};
    QByteArray text = lastBytes(output, maxBytes);
    if (output.size() > maxBytes)
        text = text.mid(text.indexOf('\n') + 1); // the first line is cut off (indexOf gives -1 for one long line)
    return QString::fromUtf8(text);
}

} // namespace prunella
