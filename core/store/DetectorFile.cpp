#include "core/store/DetectorFile.h"

#include <QDataStream>
#include <QFile>
#include <QSaveFile>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

constexpr quint32 magic = 0x50444554; // "PDET"
constexpr quint32 version = 1;
constexpr qint64 largest = 256LL << 20;

} // namespace

QString detectorFile(const QString &stateDir)
{
    return stateDir + u"/detectors.bin"_s;
}

Status writeDetectorFile(const QString &path, const QMap<QString, QByteArray> &states)
{
    QByteArray body;
    QDataStream out(&body, QIODevice::WriteOnly);
    out.setVersion(QDataStream::Qt_6_4);
    out << states;
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return failure(ErrorCode::Io, path + u" cannot be written: "_s + file.errorString());
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    QDataStream whole(&file);
    whole.setVersion(QDataStream::Qt_6_4);
    whole << magic << version << quint32(qChecksum(body)) << body;
    if (!file.commit())
        return failure(ErrorCode::Io, path + u" cannot be written: "_s + file.errorString());
    return {};
}

Result<QMap<QString, QByteArray>> readDetectorFile(const QString &path)
{
    QFile file(path);
    QMap<QString, QByteArray> states;
    if (!file.exists())
        return states;
    if (!file.open(QIODevice::ReadOnly) || file.size() > largest)
        return failure(ErrorCode::Io, path + u" cannot be read: "_s + file.errorString());
    quint32 mark = 0, known = 0, sum = 0;
    QByteArray body;
    QDataStream in(&file);
    in.setVersion(QDataStream::Qt_6_4);
    in >> mark >> known >> sum >> body;
    if (in.status() != QDataStream::Ok || mark != magic || known != version || sum != quint32(qChecksum(body)))
        return failure(ErrorCode::Invalid, path + u" is damaged or of another version: the detectors learn anew"_s);
    QDataStream inner(body);
    inner.setVersion(QDataStream::Qt_6_4);
    inner >> states;
    if (inner.status() != QDataStream::Ok)
        return failure(ErrorCode::Invalid, path + u" is damaged: the detectors learn anew"_s);
    return states;
}

} // namespace prunella
