#include "core/monitoring/NagiosOutput.h"

#include <QSet>
#include <array>
#include <cmath>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr double kKi = 1024;
constexpr std::string_view kBlanks = " \t\r\n\v\f";

struct UnitRule { std::string_view written; QLatin1StringView unit; double factor; };

constexpr std::array kUnits{
    UnitRule{"s", "ms"_L1, 1e3}, UnitRule{"ms", "ms"_L1, 1}, UnitRule{"us", "ms"_L1, 1e-3}, UnitRule{"ns", "ms"_L1, 1e-6},
    UnitRule{"B", "B"_L1, 1}, UnitRule{"KB", "B"_L1, kKi}, UnitRule{"kB", "B"_L1, kKi}, UnitRule{"KiB", "B"_L1, kKi},
    UnitRule{"MB", "B"_L1, kKi * kKi}, UnitRule{"MiB", "B"_L1, kKi * kKi},
    UnitRule{"GB", "B"_L1, kKi * kKi * kKi}, UnitRule{"GiB", "B"_L1, kKi * kKi * kKi},
    UnitRule{"TB", "B"_L1, kKi * kKi * kKi * kKi}, UnitRule{"TiB", "B"_L1, kKi * kKi * kKi * kKi},
    UnitRule{"PB", "B"_L1, kKi * kKi * kKi * kKi * kKi}, UnitRule{"PiB", "B"_L1, kKi * kKi * kKi * kKi * kKi},
};

QString words(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

/// How long the number at the start of the text is: 12.5e-3ms gives 7, and 1e2 is a number, but 1e has the unit `e`.
std::size_t numberLength(std::string_view text)
{
    const auto digits = [&](std::size_t from) {
        while (from < text.size() && text[from] >= '0' && text[from] <= '9')
            ++from;
        return from;
    };
    std::size_t end = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    end = digits(end);
    if (end < text.size() && text[end] == '.')
        end = digits(end + 1);
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        const bool hasSign = end + 1 < text.size() && (text[end + 1] == '-' || text[end + 1] == '+');
        const std::size_t from = end + 1 + (hasSign ? 1 : 0);
        if (digits(from) > from)
            end = digits(from);
    }
    return end;
}

/// Cuts off and returns what stands before `mark`, all when there is none.
std::string_view takeUntil(std::string_view &text, char mark)
{
    const std::size_t at = text.find(mark);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
}

/// Reads performance data from its beginning to its end.
class PerfReader
{
public:
    PerfReader(std::string_view text, NagiosOutput &out) : m_rest(text), m_out(out) {}

    void readAll()
    {
        for (;;) {
            const std::size_t begin = m_rest.find_first_not_of(kBlanks);
            if (begin == std::string_view::npos)
                return;
            m_rest.remove_prefix(begin);
            if (m_out.values.size() >= kMostPerfValues) {
                m_out.problems.append(u"more than %1 performance values, the others are left out"_s.arg(kMostPerfValues));
                return;
            }
            readOne();
        }
    }

private:
    void readOne()
    {
        const std::string_view whole = m_rest;
        PerfValue value;
        const bool named = takeLabel(value.label);
        const std::size_t end = std::min(m_rest.find_first_of(kBlanks), m_rest.size());
        const std::string_view body = m_rest.substr(0, end);
        m_rest.remove_prefix(end);
        const std::string_view written = whole.substr(0, whole.size() - m_rest.size());
        if (!named)
            return problem(written, u"expected 'label'=value"_s);
        if (m_labels.contains(value.label))
            return problem(written, u"this label was there already"_s);
        if (!takeBody(body, value, written))
            return;
        m_labels.insert(value.label);
        m_out.values.append(value);
    }

    /// Up to and with the equals sign. False: the rest begins where reading may go on, at the next blank.
    bool takeLabel(QString &label)
    {
        std::string text;
        std::size_t at = 0;
        if (m_rest[0] == '\'') {
            for (at = 1; at < m_rest.size(); ++at) {
                if (m_rest[at] != '\'')
                    text += m_rest[at];
                else if (at + 1 < m_rest.size() && m_rest[at + 1] == '\'')
                    text += m_rest[at++]; // two quotes mean one
                else
                    break;
            }
            at = std::min(at + 1, m_rest.size());
        } else {
            at = std::min(m_rest.find_first_of(" \t\r\n\v\f="), m_rest.size());
            text = m_rest.substr(0, at);
        }
        m_rest.remove_prefix(at);
        const bool good = !m_rest.empty() && m_rest[0] == '=' && !text.empty();
        if (good)
            m_rest.remove_prefix(1);
        label = words(text);
        return good;
    }

    bool takeBody(std::string_view body, PerfValue &out, std::string_view written)
    {
        const std::string_view first = takeUntil(body, ';');
        const std::size_t length = numberLength(first);
        const bool undetermined = first == "U" || first.empty();
        double number = 0;
        if (!undetermined && !plainNumber(first.substr(0, length), number))
            return problem(written, u"the value is no number"_s), false;
        // A plugin that prints by the language of the place: 1,5 must not be taken for 1.
        if (!undetermined && first.substr(length).starts_with(','))
            return problem(written, u"the value has a decimal comma"_s), false;
        const double factor = undetermined ? 1 : takeUnit(first.substr(length), out);
        if (!std::isfinite(number * factor))
            return problem(written, u"the value is too large"_s), false;
        if (!undetermined)
            out.value = number * factor;
        takeRange(takeUntil(body, ';'), factor, out.warning, written);
        takeRange(takeUntil(body, ';'), factor, out.critical, written);
        takeBound(takeUntil(body, ';'), factor, out.minimum);
        takeBound(takeUntil(body, ';'), factor, out.maximum);
        return true;
    }

    static double takeUnit(std::string_view unit, PerfValue &out)
    {
        out.counter = unit == "c";
        if (out.counter)
            return 1;
        for (const UnitRule &rule : kUnits) {
            if (unit != rule.written)
                continue;
            out.unit = rule.unit;
            return rule.factor;
        }
        out.unit = words(unit.substr(0, 16));
        return 1;
    }

    void takeRange(std::string_view text, double factor, std::optional<NagiosRange> &out, std::string_view written)
    {
        if (text.empty())
            return;
        if (const auto range = parseNagiosRange(text))
            out = range->scaled(factor);
        else
            problem(written, range.error().message); // the value itself is good
    }

    static void takeBound(std::string_view text, double factor, std::optional<double> &out)
    {
        double number = 0;
        if (plainNumber(text.substr(0, numberLength(text)), number)) // some repeat the unit here
            out = number * factor;
    }

    void problem(std::string_view written, const QString &why)
    {
        if (m_out.problems.size() < 20) // of what is rubbish the beginning is enough
            m_out.problems.append(u"performance data \""_s + words(written.substr(0, 80)).trimmed() + u"\": "_s + why);
    }

    std::string_view m_rest;
    NagiosOutput &m_out;
    QSet<QString> m_labels;
};

} // namespace

PluginState pluginState(int exitStatus)
{
    return exitStatus >= 0 && exitStatus <= 3 ? PluginState(exitStatus) : PluginState::Unknown;
}

QString toString(PluginState state)
{
    constexpr std::array texts{"OK"_L1, "WARNING"_L1, "CRITICAL"_L1, "UNKNOWN"_L1};
    return texts[std::size_t(state)];
}

NagiosOutput parseNagiosOutput(const QByteArray &output)
{
    NagiosOutput out;
    std::string_view rest(output.constData(), std::size_t(output.size()));
    std::string_view line = takeUntil(rest, '\n');
    out.text = words(takeUntil(line, '|')).trimmed();
    const std::string_view longText = takeUntil(rest, '|');
    out.longText = words(longText).trimmed();
    // The two parts are one, but a label does not reach from one into the other.
    const std::string perfData = std::string(line) + '\n' + std::string(rest);
    PerfReader(perfData, out).readAll();
    return out;
}

} // namespace prunella
