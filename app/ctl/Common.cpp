#include "app/ctl/Common.h"

#include <cstdio>
#include <unistd.h>

namespace prunella::ctl {

int exitCode(const Error &error)
{
    switch (error.code) {
    case ErrorCode::NotFound:
        return AnswerIsNo;
    case ErrorCode::Invalid:
    case ErrorCode::Busy:
        return WrongCall;
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
        return NotRunning;
    case ErrorCode::NotAuthorised:
        return NoRights;
    default:
        return InternalFailure;
    }
}

int complain(const Error &error)
{
    printError(QStringLiteral("prunellactl: ") + error.message);
    return exitCode(error);
}

void print(const QString &text)
{
    const QByteArray bytes = text.toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stdout);
    std::fflush(stdout);
}

void printError(const QString &text)
{
    const QByteArray bytes = text.toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, size_t(bytes.size()), stderr);
}

void printJson(const QJsonValue &value)
{
    const QJsonDocument document = value.isArray() ? QJsonDocument(value.toArray()) : QJsonDocument(value.toObject());
    print(QString::fromUtf8(document.toJson(QJsonDocument::Indented).trimmed()));
}

void printTable(const QStringList &header, const QList<QStringList> &rows)
{
    QList<int> widths;
    for (const QString &title : header)
        widths.append(int(title.size()));
    for (const QStringList &row : rows) {
        for (int i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], int(row[i].size()));
    }
    const auto line = [&widths](const QStringList &cells) {
        QString text;
        for (int i = 0; i < cells.size(); ++i)
            text += i + 1 == cells.size() ? cells[i] : cells[i].leftJustified(widths[i] + 2);
        return text;
    };
    print(line(header));
    for (const QStringList &row : rows)
        print(line(row));
}

std::optional<qint64> parseDuration(const std::string &text)
{
    static const QList<QPair<QString, double>> units{{QStringLiteral("ms"), 1}, {QStringLiteral("s"), 1e3}, {QStringLiteral("m"), 6e4},
                                                     {QStringLiteral("h"), 3.6e6}, {QStringLiteral("d"), 8.64e7}};
    const QString word = qs(text).trimmed();
    for (const auto &[unit, factor] : units) {
        bool ok = false;
        const double number = word.chopped(word.endsWith(unit) ? unit.size() : 0).toDouble(&ok);
        if (ok && word.endsWith(unit) && number >= 0)
            return qint64(number * factor);
    }
    bool ok = false;
    const double seconds = word.toDouble(&ok);
    return ok && seconds >= 0 ? std::optional(qint64(seconds * 1000)) : std::nullopt;
}

QString qs(const std::string &text)
{
    return QString::fromStdString(text);
}

bool useColour()
{
    return ::isatty(STDOUT_FILENO) != 0 && qEnvironmentVariableIsEmpty("NO_COLOR");
}

} // namespace prunella::ctl
