#include "core/recovery/FileEditor.h"

#include "core/config/ConfigEditor.h"
#include "core/config/ConfigPath.h"
#include "core/config/RawYaml.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qsizetype mostBytes = 4 * 1024 * 1024;

Result<FileValue> read(const QByteArray &file, FileFormat format, const QString &key)
{
    switch (format) {
    case FileFormat::Yaml:
        return readYamlValue(file, key);
    case FileFormat::Ini:
        return readIniValue(file, key);
    case FileFormat::Json:
        return readJsonValue(file, key);
    case FileFormat::Dotenv:
        return readDotenvValue(file, key);
    case FileFormat::Systemd:
        return readSystemdValue(file, key);
    }
    return failure(ErrorCode::Internal, u"unknown format"_s);
}

/// Characters that a value may have without quotes in every format but YAML, which quotes by itself.
bool isPlain(const QString &value)
{
    return std::all_of(value.cbegin(), value.cend(), [](QChar c) {
        return c.unicode() < 128 && (c.isLetterOrNumber() || u"_./:+- ,%@"_s.contains(c));
    }) && value == value.trimmed() && !value.isEmpty();
}

bool isJsonNumber(const QString &value)
{
    bool ok = false;
    (void)value.toDouble(&ok);
    const bool decimal = std::all_of(value.cbegin(), value.cend(), [](QChar c) { return u"0123456789.-+eE"_s.contains(c); });
    return ok && decimal && !value.startsWith(u'+') && !value.startsWith(u'.') && !value.endsWith(u'.');
}

/// Why this value cannot be written in the place of the old one; empty: it can.
QString objection(FileFormat format, const FileValue &old, const QString &value)
{
    if (!isPlain(value))
        return u"\"%1\" cannot be written without a change of quotes"_s.arg(value);
    if (format == FileFormat::Json && old.quote == 0 && !isJsonNumber(value))
        return u"\"%1\" is no number, but a number stands there"_s.arg(value);
    if (format == FileFormat::Dotenv && old.quote == 0 && value.contains(u' '))
        return u"\"%1\" has a space, but the value stands without quotes"_s.arg(value);
    return {};
}

} // namespace

int lineAt(const QByteArray &file, qsizetype position)
{
    const QByteArray before = QByteArray(file.first(std::clamp<qsizetype>(position, 0, file.size()))).replace("\r\n", "\n").replace('\r', '\n');
    return int(before.count('\n')) + 1;
}

QString formatName(FileFormat format)
{
    switch (format) {
    case FileFormat::Yaml:
        return u"yaml"_s;
    case FileFormat::Ini:
        return u"ini"_s;
    case FileFormat::Json:
        return u"json"_s;
    case FileFormat::Dotenv:
        return u"dotenv"_s;
    case FileFormat::Systemd:
        return u"systemd"_s;
    }
    return {};
}

/// The parser says what the value is; the scanner's bytes are the editor's business.
Result<FileValue> readYamlValue(const QByteArray &file, const QString &key)
{
    const ConfigPath path(key);
    if (path.steps().isEmpty() || path.steps().constLast().entry)
        return failure(ErrorCode::Invalid, u"\"%1\" names no value"_s.arg(key));
    const YamlDocument document = parseYaml({}, file);
    if (!document.problems.isEmpty()) {
        const ConfigProblem &problem = document.problems.constFirst();
        return failure(ErrorCode::Invalid, u"line %1: %2"_s.arg(problem.line).arg(problem.text));
    }
    const std::optional<YamlEntry> entry = path.find(document.root);
    if (!entry || entry->value->kind == YamlNode::Kind::Null)
        return failure(ErrorCode::NotFound, u"there is no value at %1"_s.arg(key));
    const int line = entry->at.line;
    if (entry->value->kind != YamlNode::Kind::Scalar)
        return failure(ErrorCode::Invalid, u"line %1: %2 is no single value"_s.arg(line).arg(key));
    if (entry->shared)
        return failure(ErrorCode::Invalid, u"line %1: %2 stands behind an alias; change it in the file"_s.arg(line).arg(key));
    return FileValue{entry->value->text, entry->value->at.line, 0, 0, 0};
}

Result<FileValue> readValue(const QByteArray &file, FileFormat format, const QString &key)
{
    if (file.size() > mostBytes)
        return failure(ErrorCode::Invalid, u"the file is larger than 4 MiB, expected a configuration"_s);
    if (file.contains('\0'))
        return failure(ErrorCode::Invalid, u"line %1: a zero byte: this is no text file"_s.arg(lineAt(file, file.indexOf('\0'))));
    return read(file, format, key);
}

Result<QByteArray> writeValue(const QByteArray &file, FileFormat format, const QString &key, const QString &value)
{
    const Result<FileValue> old = readValue(file, format, key);
    if (!old)
        return tl::unexpected(old.error());
    if (const QString why = objection(format, *old, value); !why.isEmpty())
        return failure(ErrorCode::Invalid, u"line %1: %2"_s.arg(old->line).arg(why));
    if (format == FileFormat::Yaml)
        return setScalar(file, key, value);
    QByteArray text = value.toUtf8();
    if (old->quote != 0)
        text = old->quote + text + old->quote;
    QByteArray result = file;
    result.replace(old->begin, old->end - old->begin, text);
    const Result<FileValue> after = readValue(result, format, key);
    if (!after || after->text != value || after->begin != old->begin || after->quote != old->quote)
        return failure(ErrorCode::Invalid, u"line %1: %2 cannot be changed the way the file is written; change it in the file"_s.arg(old->line).arg(key));
    return result;
}

} // namespace prunella
