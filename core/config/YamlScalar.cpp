#include "core/config/YamlScalar.h"

#include <QList>
#include <cmath>
#include <utility>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Unit = std::pair<QLatin1StringView, double>;

/// A number followed by one of the units, or by nothing, which counts as `plain`.
std::optional<double> withUnit(const QString &text, std::initializer_list<Unit> units, double plain)
{
    const QString trimmed = text.trimmed();
    qsizetype end = 0;
    while (end < trimmed.size() && (trimmed[end].isDigit() || u"+-.eE"_s.contains(trimmed[end])))
        ++end;
    const QString unit = trimmed.sliced(end).trimmed();
    const std::optional<double> number = parseNumber(trimmed.first(end));
    if (!number)
        return std::nullopt;
    if (unit.isEmpty())
        return *number * plain;
    for (const auto &[name, factor] : units) {
        if (unit == name)
            return *number * factor;
    }
    return std::nullopt;
}

/// Optimal string alignment distance.
int distance(const QString &a, const QString &b)
{
    QList<QList<int>> rows(a.size() + 1, QList<int>(b.size() + 1, 0));
    for (qsizetype i = 0; i <= a.size(); ++i) {
        for (qsizetype j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                rows[i][j] = int(i + j);
                continue;
            }
            const int replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a.size()][b.size()];
}

} // namespace

std::optional<double> parseNumber(const QString &text)
{
    bool ok = false;
    const double value = text.trimmed().toDouble(&ok);
    if (!ok || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<bool> parseBoolean(const QString &text)
{
    const QString word = text.trimmed().toLower();
    if (word == "true"_L1 || word == "yes"_L1 || word == "on"_L1)
        return true;
    if (word == "false"_L1 || word == "no"_L1 || word == "off"_L1)
        return false;
    return std::nullopt;
}

std::optional<double> parseDuration(const QString &text)
{
    return withUnit(text, {{"ms"_L1, 1}, {"s"_L1, 1e3}, {"m"_L1, 60e3}, {"h"_L1, 3600e3}, {"d"_L1, 86'400e3}}, 1e3);
}

std::optional<double> parseSize(const QString &text)
{
    return withUnit(text, {{"B"_L1, 1}, {"KiB"_L1, 1024}, {"MiB"_L1, 1024.0 * 1024}, {"GiB"_L1, 1024.0 * 1024 * 1024}}, 1);
}

std::optional<double> parsePercent(const QString &text)
{
    return withUnit(text, {{"%"_L1, 1}}, 1);
}

QString writeDuration(double ms)
{
    static constexpr std::pair<const char *, double> kUnits[] = {{"d", 86'400e3}, {"h", 3600e3}, {"m", 60e3}, {"s", 1e3}};
    for (const auto &[name, factor] : kUnits) {
        if (ms != 0 && std::fmod(ms, factor) == 0)
            return writeNumber(ms / factor) + QLatin1StringView(name);
    }
    return ms == 0 ? u"0s"_s : QString(writeNumber(ms) + u"ms"_s);
}

QString writeNumber(double value)
{
    if (value == std::floor(value) && std::fabs(value) < 1e15)
        return QString::number(qint64(value));
    return QString::number(value, 'g', QLocale::FloatingPointShortest);
}

QString describeRange(Range range, QString (*write)(double))
{
    const bool low = range.min != std::numeric_limits<double>::lowest();
    const bool high = range.max != std::numeric_limits<double>::max();
    if (low && high)
        return u"from %1 to %2"_s.arg(write(range.min), write(range.max));
    if (low)
        return u"at least %1"_s.arg(write(range.min));
    return high ? u"at most %1"_s.arg(write(range.max)) : QString();
}

QString nearestWord(const QString &word, const QStringList &known)
{
    QString best;
    int least = std::numeric_limits<int>::max();
    const QString bounded = word.left(100); // the work is quadratic, the word is anybody's
    for (const QString &candidate : known) {
        const int steps = distance(bounded, candidate);
        if (steps < least) {
            least = steps;
            best = candidate;
        }
    }
    return best;
}

} // namespace prunella
