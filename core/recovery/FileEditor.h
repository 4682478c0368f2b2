#pragma once
// One value in the bytes of a configuration file; every other byte stays. Pure: no file is opened.
//
// | format  | key                                | the value that counts                                              |
// |---------|------------------------------------|--------------------------------------------------------------------|
// | yaml    | upstream.timeout, list[name].key   | plain or quoted; behind an alias or a merge key it is read-only     |
// | json    | upstream.timeout, servers[0]."a.b" | a number or a string; the file must be JSON without comments       |
// | ini     | section.key, or key before any     | one place only: two make an error, for parsers differ              |
// | dotenv  | KEY                                | the last one, as every reader of such files takes it               |
// | systemd | Section.Key                        | the last one; after an empty assignment there is no value          |
#include "core/base/Result.h"
#include "core/model/FileActions.h"

#include <QByteArray>

namespace prunella {

struct FileValue {
    QString text;             ///< without quotes
    int line = 0;             ///< from 1
    qsizetype begin = 0, end = 0; ///< bytes, quotes included
    char quote = 0;           ///< ' or " around it, 0: none
};

/// Invalid or NotFound: one sentence with the line.
[[nodiscard]] Result<FileValue> readValue(const QByteArray &file, FileFormat format, const QString &key);
/// The file with this one value changed, in the quotes that it had. Read again and compared before it is given back.
[[nodiscard]] Result<QByteArray> writeValue(const QByteArray &file, FileFormat format, const QString &key, const QString &value);

/// "yaml", "ini", "json", "dotenv", "systemd".
[[nodiscard]] QString formatName(FileFormat format);

// Inside FileEditor: the formats one by one.
[[nodiscard]] Result<FileValue> readYamlValue(const QByteArray &file, const QString &key);
[[nodiscard]] Result<FileValue> readJsonValue(const QByteArray &file, const QString &key);
[[nodiscard]] Result<FileValue> readIniValue(const QByteArray &file, const QString &key);
[[nodiscard]] Result<FileValue> readDotenvValue(const QByteArray &file, const QString &key);
[[nodiscard]] Result<FileValue> readSystemdValue(const QByteArray &file, const QString &key);
/// The line, from 1, in which a byte stands; LF, CRLF and CR end lines.
[[nodiscard]] int lineAt(const QByteArray &file, qsizetype position);

} // namespace prunella
