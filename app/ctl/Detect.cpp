// Recorded series through the live detector: causal, one pass, nothing known in advance.
#include "app/ctl/Commands.h"
#include "app/ctl/Csv.h"
#include "core/detection/AnomalyDetector.h"

#include <QDateTime>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <memory>

namespace prunella::ctl {
namespace {

/// Wall ms of "2014-04-01 00:00:00", ISO 8601 or epoch seconds; without a zone it is UTC.
std::optional<qint64> wallTime(const std::string &text)
{
    bool number = false;
    const QString word = qs(text).trimmed();
    const double seconds = word.toDouble(&number);
    if (number) {
        constexpr double farthest = 1e12; // seconds; "nan" and "inf" are numbers, too
        return std::abs(seconds) <= farthest ? std::optional(qint64(seconds * 1000)) : std::nullopt;
    }
    QString iso = word;
    iso.replace(u' ', u'T').replace(u'/', u'-');
    QDateTime time = QDateTime::fromString(iso, Qt::ISODateWithMs);
    if (!time.isValid())
        return std::nullopt;
    if (time.timeSpec() == Qt::LocalTime)
        time.setTimeSpec(Qt::UTC);
    return time.toMSecsSinceEpoch();
}

struct Columns { int time = -1, value = -1; };

Result<Columns> columnsOf(const std::string &header, const DetectOptions &how, const QString &path)
{
    const auto fields = csvFields(header);
    const Columns columns{csvColumn(fields, how.timeColumn), csvColumn(fields, how.valueColumn)};
    if (columns.time < 0 || columns.value < 0) {
        return failure(ErrorCode::Invalid, QStringLiteral("%1 has no column %2 (its header: %3); name it with --time-column and --value-column")
                           .arg(path, qs(columns.time < 0 ? how.timeColumn : how.valueColumn), qs(header).trimmed()));
    }
    return columns;
}

Status scoreFile(const QString &input, const QString &output, const DetectOptions &how)
{
    std::ifstream in(QFile::encodeName(input).toStdString());
    std::string line;
    if (!in || !std::getline(in, line))
        return failure(ErrorCode::NotFound, QStringLiteral("%1 cannot be read or is empty").arg(input));
    const auto columns = columnsOf(line, how, input);
    if (!columns)
        return tl::unexpected(columns.error());
    if (QFileInfo(output).exists() && QFileInfo(input).canonicalFilePath() == QFileInfo(output).canonicalFilePath())
        return failure(ErrorCode::Invalid, QStringLiteral("%1 would be overwritten while it is read; name another output").arg(input));
    if (!QDir().mkpath(QFileInfo(output).path()))
        return failure(ErrorCode::Io, QStringLiteral("%1 cannot be created").arg(QFileInfo(output).path()));
    std::ofstream out(QFile::encodeName(output).toStdString(), std::ios::trunc);
    out << "timestamp,value,anomaly_score\n";
    const auto state = std::make_unique<AnomalyState>();
    for (int number = 2; std::getline(in, line); ++number) {
        if (line.empty() || line == "\r")
            continue;
        const auto fields = csvFields(line);
        const std::size_t last = std::size_t(std::max(columns->time, columns->value));
        const auto time = fields.size() > last ? wallTime(fields[std::size_t(columns->time)]) : std::nullopt;
        if (!time)
            return failure(ErrorCode::Invalid, QStringLiteral("%1:%2: no time in column %3: %4").arg(input).arg(number).arg(qs(how.timeColumn), qs(line)));
        const std::string &text = fields[std::size_t(columns->value)];
        bool measured = false;
        const double value = qs(text).trimmed().toDouble(&measured);
        const AnomalyScore score = update(*state, *time, measured ? value : std::numeric_limits<double>::quiet_NaN());
        char digits[32];
        std::snprintf(digits, sizeof digits, "%.15g", score.score);
        out << csvQuoted(fields[std::size_t(columns->time)]) << ',' << csvQuoted(text) << ',' << digits << '\n';
    }
    out.close();
    return out ? Status() : failure(ErrorCode::Io, QStringLiteral("%1 cannot be written").arg(output));
}

} // namespace

int detect(const DetectOptions &how)
{
    const QString input = QDir::current().absoluteFilePath(qs(how.input)), output = QDir::current().absoluteFilePath(qs(how.output));
    if (!QFileInfo::exists(input))
        return complain({ErrorCode::NotFound, QStringLiteral("%1 does not exist").arg(input)});
    if (!QFileInfo(input).isDir()) {
        const auto done = scoreFile(input, output, how);
        return done ? int(Done) : complain(done.error());
    }
    int files = 0;
    QDirIterator it(input, {QStringLiteral("*.csv")}, QDir::Files, QDirIterator::Subdirectories);
    while (it.hasNext()) {
        const QString file = it.next();
        if (const auto done = scoreFile(file, output + u'/' + QDir(input).relativeFilePath(file), how); !done)
            return complain(done.error());
        ++files;
    }
    if (files == 0)
        return complain({ErrorCode::NotFound, QStringLiteral("%1 has no .csv file").arg(input)});
    print(QStringLiteral("%1 files scored; %2 and above is an alarm").arg(files).arg(kAnomalyAlarmScore));
    return Done;
}

} // namespace prunella::ctl
