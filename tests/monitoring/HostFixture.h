#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcPaths.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QTemporaryDir>

namespace prunella {

/// A copy of the captured /proc files that a test may change, with the captured /sys beside it.
class HostFixture
{
public:
    HostFixture()
    {
        const QDir source(QStringLiteral(TEST_DATA "/host"));
        QDirIterator files(source.path(), QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const QString file = files.next();
            const QString relative = source.relativeFilePath(file);
            QDir(m_folder.path()).mkpath(QFileInfo(relative).path());
            QFile::copy(file, m_folder.filePath(relative));
            QFile::setPermissions(m_folder.filePath(relative), QFile::ReadOwner | QFile::WriteOwner);
        }
    }
    [[nodiscard]] ProcPaths paths() const { return {m_folder.path(), QStringLiteral(TEST_DATA "/sys")}; }
    void write(const char *relative, const QByteArray &content) const
    {
        const QString path = m_folder.filePath(QLatin1String(relative));
        QDir().mkpath(QFileInfo(path).path());
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(content) != content.size())
            qFatal("cannot write %s", relative);
    }
    void remove(const char *relative) const { QFile::remove(m_folder.filePath(QLatin1String(relative))); }

private:
    QTemporaryDir m_folder;
};

[[nodiscard]] inline QByteArray captured(const char *relative)
{
    QFile file(QStringLiteral(TEST_DATA "/host/") + QLatin1String(relative));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("cannot read the fixture %s", relative);
    return file.readAll();
}

/// The value of one series, NaN when there is no such sample. `labels` as in toString(SeriesKey): "disk_usage{path=/}"
[[nodiscard]] inline double valueOf(const QList<Sample> &samples, const char *series)
{
    for (const auto &sample : samples) {
        QString text = sample.key.metric;
        for (auto it = sample.key.labels.cbegin(); it != sample.key.labels.cend(); ++it)
            text += QStringLiteral("{%1=%2}").arg(it.key(), it.value());
        if (text == QLatin1String(series))
            return sample.value;
    }
    return qQNaN();
}

} // namespace prunella
