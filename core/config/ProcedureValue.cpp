#include "core/config/ProcedureValue.h"

#include "core/config/YamlScalar.h"

#include <QDir>
#include <QRegularExpression>

#include <cmath>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr double dayMs = 86'400'000;
constexpr qsizetype longestText = 200;
constexpr qsizetype mostDigits = 15;   // below 2^53: every digit counts as a double, too

StepParameter word(const QString &name, const QStringList &oneOf = {})
{
    StepParameter parameter;
    parameter.name = name;
    parameter.type = ParameterType::Word;
    parameter.oneOf = oneOf;
    return parameter;
}

StepParameter bounded(const QString &name, ParameterType type, double min, double max)
{
    StepParameter parameter;
    parameter.name = name;
    parameter.type = type;
    parameter.min = min;
    parameter.max = max;
    return parameter;
}

bool hasControl(const QString &text)
{
    return std::any_of(text.begin(), text.end(), [](QChar c) {
        return c.category() == QChar::Other_Control || c.category() == QChar::Separator_Line || c.category() == QChar::Separator_Paragraph
            || c.category() == QChar::Other_Format || c.isSurrogate();
    });
}

bool isWord(const QString &text)
{
    static const QRegularExpression pattern(u"\\A[A-Za-z0-9._@:-]{1,64}\\z"_s);
    return pattern.match(text).hasMatch();
}

bool isDigits(const QString &text)
{
    const auto isDigit = [](QChar c) { return c >= u'0' && c <= u'9'; };
    return !text.isEmpty() && text.size() <= mostDigits && std::all_of(text.begin(), text.end(), isDigit);
}

Result<QString> wrong(const QString &text, const QString &expected)
{
    QString shown = text.left(60);
    std::replace_if(shown.begin(), shown.end(), [](QChar c) { return !c.isPrint(); }, u'?');
    return failure(ErrorCode::Invalid, u"is \""_s + shown + u"\", expected "_s + expected);
}

Result<QString> number(const StepParameter &parameter, const QString &text, const std::optional<double> &value,
                       const QString &what, bool whole, QString (*write)(double))
{
    const Range range{parameter.min.value_or(Range{}.min), parameter.max.value_or(Range{}.max)};
    if (value && range.contains(*value))
        return whole ? QString::number(qint64(std::llround(*value))) : writeNumber(*value);
    const QString bounds = describeRange(range, write);
    return wrong(text, bounds.isEmpty() ? what : QString(what + u' ' + bounds));
}

Result<QString> textValue(const StepParameter &parameter, const QString &text)
{
    if (parameter.type == ParameterType::Word)
        return isWord(text) ? Result<QString>(text) : wrong(text, u"a word of 1 to 64 letters, digits and . _ @ : -"_s);
    if (text.isEmpty() || hasControl(text))
        return wrong(text, u"a text without control characters"_s);
    if (parameter.type == ParameterType::Path) {
        const bool good = text.startsWith(u'/') && QDir::cleanPath(text) == text && text.size() < 4096;
        return good ? Result<QString>(text) : wrong(text, u"an absolute path without . .. and // in it"_s);
    }
    return text.size() <= longestText ? Result<QString>(text) : wrong(text, u"a text of at most 200 characters"_s);
}

Result<QString> valueOf(const StepParameter &parameter, const QString &text)
{
    const auto above0 = [](const std::optional<double> &value) { return value && *value >= 0 ? value : std::nullopt; };
    switch (parameter.type) {
    case ParameterType::Integer:
        return number(parameter, text, isDigits(text) ? parseNumber(text) : std::nullopt, u"a whole number of digits only"_s,
                      true, writeNumber);
    case ParameterType::Number:
        return number(parameter, text, parseNumber(text), u"a number"_s, false, writeNumber);
    case ParameterType::Duration:
        return number(parameter, text, above0(parseDuration(text)), u"a duration such as 30s, 5m or 1h,"_s, true, writeDuration)
            .map([](const QString &ms) { return writeDuration(ms.toDouble()); });
    case ParameterType::Size:
        return number(parameter, text, above0(parseSize(text)), u"a size such as 512MiB or 2GiB,"_s, true, writeNumber);
    case ParameterType::Text:
    case ParameterType::Word:
    case ParameterType::Path:
        break;
    }
    return text.startsWith(u'-') ? wrong(text, u"no \"-\" at its beginning"_s) : textValue(parameter, text);
}

} // namespace

QList<StepParameter> parametersOf(ActionType action)
{
    switch (action) {
    case ActionType::RestartService:
        return {word(u"how"_s, {u"restart"_s, u"reload"_s})};
    case ActionType::ScaleResources:
        return {word(u"what"_s, {u"instances"_s, u"cpu_weight"_s, u"io_weight"_s}), bounded(u"by"_s, ParameterType::Integer, 1, 1000)};
    case ActionType::IncreaseResources:
        return {word(u"resource"_s, {u"memory"_s, u"cpu"_s, u"tasks"_s, u"files"_s})};
    case ActionType::AdjustTimeout:
        return {word(u"timeout"_s)};
    case ActionType::EnableMonitoring:
        return {bounded(u"for"_s, ParameterType::Duration, 1000, dayMs)};
    case ActionType::RunCommand:
        return {word(u"command"_s)};
    case ActionType::RollbackDeployment:
    case ActionType::HealthCheck:
    case ActionType::FreeDiskSpace:
        break;
    }
    return {};
}

Result<QString> typedValue(const StepParameter &parameter, const QString &text)
{
    Result<QString> value = valueOf(parameter, text);
    if (value && !parameter.oneOf.isEmpty() && !parameter.oneOf.contains(*value))
        return wrong(text, u"one of "_s + parameter.oneOf.join(u", "_s));
    return value;
}

const QStringList &parameterTypes()
{
    static const QStringList words{u"text"_s, u"word"_s, u"integer"_s, u"number"_s, u"path"_s, u"duration"_s, u"size"_s};
    return words;
}

QString toString(ParameterType type) { return parameterTypes().value(int(type)); }

} // namespace prunella
