#pragma once
// What a service lets the engine change or run beside a restart: values in files, disk space, commands.
// Durations are milliseconds, sizes bytes.
#include <QMap>
#include <QStringList>
#include <optional>

namespace prunella {

enum class FileFormat { Yaml, Ini, Json, Dotenv, Systemd };
enum class ApplyBy { Reload, Restart };

/// adjust_timeout: one value in one file.
struct TimeoutConfig {
    QString name;
    QString file;                     ///< absolute
    FileFormat format = FileFormat::Yaml;
    QString key;                      ///< as FileEditor takes it
    QString unit = QStringLiteral("s"); ///< ms | s | m | h | d: what a number without a unit means, and `max`
    double step = 1.5;                ///< the next value is this many times the present one ...
    double max = 0;                   ///< ... but never more than this, in `unit`
    ApplyBy apply = ApplyBy::Restart;
};

/// free_disk_space: one rule; just one of the three kinds.
struct DiskRuleConfig {
    enum class Kind { Journal, PackageCache, Files };
    Kind kind = Kind::Files;
    std::optional<qint64> vacuumSize, vacuumTimeMs; ///< Journal: what journalctl is told to leave
    QString folder;                   ///< Files: absolute; nothing outside it is ever touched
    QStringList patterns;             ///< Files: relative to the folder; * ? [ ] in each part, none over a /
    qint64 olderThanMs = 0;           ///< Files: since the last change of its content
    int keepNewest = 0;               ///< Files: the newest so many that match stay, however old
    std::optional<qint64> maxBytes;   ///< Files: at most so many bytes in one action, the oldest first
};

/// run_command: one argument vector.
struct CommandConfig {
    QString name;
    QStringList command;
    QString user;                     ///< empty: the engine's own
    QString workingDirectory;         ///< empty: /
    QMap<QString, QString> environment; ///< added to PATH, HOME, USER, LOGNAME, LANG and TZ; nothing else is inherited
    qint64 timeoutMs = 60'000;
    bool idempotent = false;          ///< may be run again without a person when it did not help
    QStringList causes;               ///< ids of the causes that it is for; empty: any
};

} // namespace prunella
