#include "core/recovery/TimeText.h"

#include <QRegularExpression>

#include <cmath>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// One number with its unit: the text around both is kept as it is.
struct Part {
    QString number, gap, unit, before; ///< before: the spaces that stand before the number
    double unitMs = 1000;
};

std::optional<double> unitMs(const QString &word)
{
    static const QList<std::pair<QStringList, double>> table{
        {{u"us"_s, u"µs"_s, u"usec"_s}, 0.001}, {{u"ms"_s, u"msec"_s}, 1}, {{u"s"_s, u"sec"_s, u"second"_s, u"seconds"_s}, 1000},
        {{u"m"_s, u"min"_s, u"minute"_s, u"minutes"_s}, 60'000}, {{u"h"_s, u"hr"_s, u"hour"_s, u"hours"_s}, 3'600'000},
        {{u"d"_s, u"day"_s, u"days"_s}, 86'400'000}, {{u"w"_s, u"week"_s, u"weeks"_s}, 604'800'000}};
    for (const auto &[words, ms] : table)
        if (words.contains(word))
            return ms;
    return {};
}

/// Empty: the text is no time.
QList<Part> partsOf(const QString &text, const QString &unit)
{
    static const QRegularExpression form(u"\\G( *)([0-9]+(?:\\.[0-9]+)?)( *)([A-Za-zµ]*)"_s);
    QList<Part> parts;
    qsizetype at = 0;
    while (at < text.size()) {
        const auto match = form.match(text, at);
        if (!match.hasMatch())
            return {};
        Part part{match.captured(2), match.captured(3), match.captured(4), match.captured(1), 0};
        const auto ms = unitMs(part.unit.isEmpty() ? unit : part.unit);
        const bool bareAmongOthers = part.unit.isEmpty() && (!parts.isEmpty() || match.capturedEnd() < text.size());
        if (!ms || bareAmongOthers)
            return {};
        part.unitMs = *ms;
        parts.append(part);
        at = match.capturedEnd();
    }
    return parts;
}

QString decimal(double value)
{
    return QString::number(std::floor(value * 1000 + 1e-6) / 1000, 'g', 12);
}

bool isEven(double value)
{
    return std::abs(value - std::round(value)) < 1e-6;
}

QString whole(double value)
{
    return QString::number(std::floor(value + 1e-6), 'f', 0);
}

QString writeOne(double ms, const Part &part)
{
    const double value = ms / part.unitMs;
    const auto with = [&](const QString &number, const QString &unit) -> QString { return part.before + number + part.gap + unit; };
    if (part.number.contains(u'.'))
        return with(decimal(value), part.unit);
    if (isEven(value) || part.unit.isEmpty())
        return with(whole(value), part.unit);
    for (const auto &[word, size] : {std::pair(u"h"_s, 3'600'000.0), std::pair(u"m"_s, 60'000.0), std::pair(u"s"_s, 1000.0)}) {
        if (size < part.unitMs && isEven(ms / size))
            return with(whole(ms / size), word == u"m"_s && part.unit.size() > 1 ? u"min"_s : word);
    }
    return part.unitMs > 1 ? with(whole(ms), u"ms"_s) : with(whole(value), part.unit);
}

} // namespace

Result<double> readTime(const QString &text, const QString &unit)
{
    const QList<Part> parts = partsOf(text, unit);
    double ms = 0;
    for (const Part &part : parts)
        ms += part.number.toDouble() * part.unitMs;
    if (parts.isEmpty())
        return failure(ErrorCode::Invalid, u"\"%1\" is no time such as 30, 30s or 1min 30s"_s.arg(text));
    if (ms <= 0)
        return failure(ErrorCode::Invalid, u"\"%1\" means no time at all, or no limit: a person must set it"_s.arg(text));
    return ms;
}

QString writeTime(double ms, const QString &like, const QString &unit)
{
    const QList<Part> parts = partsOf(like, unit);
    if (parts.size() == 1)
        return writeOne(ms, parts.constFirst());
    QString text;
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const Part &part = parts.at(i);
        const double value = std::floor(ms / part.unitMs + 1e-6);
        ms -= value * part.unitMs;
        if (value > 0)
            text += (text.isEmpty() ? QString() : part.before) + whole(value) + part.gap + part.unit;
    }
    return text.isEmpty() ? like : text;
}

Result<QString> nextTimeout(const TimeoutConfig &config, const QString &present)
{
    const Result<double> now = readTime(present, config.unit);
    if (!now)
        return tl::unexpected(now.error());
    const double most = config.max * unitMs(config.unit).value_or(1000);
    QString next = writeTime(std::min(*now * config.step, most), present, config.unit);
    double written = readTime(next, config.unit).value_or(0);
    if (written <= *now) { // rounded down to what it was: one more of the smallest unit
        next = writeTime(std::min(*now + partsOf(present, config.unit).constLast().unitMs, most), present, config.unit);
        written = readTime(next, config.unit).value_or(0);
    }
    if (written <= *now)
        return failure(ErrorCode::Invalid, u"%1 is %2 already, and %3 %4 is the most that may be set"_s
                                               .arg(config.name, present).arg(config.max).arg(config.unit));
    return next;
}

} // namespace prunella
