#include "core/monitoring/PrometheusText.h"

#include "core/monitoring/PrometheusLine.h"

#include <QSet>
#include <array>
#include <cmath>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostProblems = 20;

struct TypeWord { std::string_view word; PromType type; };
constexpr std::array kTypes{
    TypeWord{"counter", PromType::Counter}, TypeWord{"gauge", PromType::Gauge}, TypeWord{"histogram", PromType::Histogram},
    TypeWord{"gaugehistogram", PromType::GaugeHistogram}, TypeWord{"summary", PromType::Summary}, TypeWord{"info", PromType::Info},
    TypeWord{"stateset", PromType::StateSet}, TypeWord{"untyped", PromType::Unknown}, TypeWord{"unknown", PromType::Unknown},
};

struct Suffix { QLatin1StringView text; PromRole role; std::array<PromType, 3> types; };
constexpr PromType kNone = PromType::Unknown;
constexpr std::array kSuffixes{
    Suffix{"_created"_L1, PromRole::Created, {PromType::Counter, PromType::Histogram, PromType::Summary}},
    Suffix{"_bucket"_L1, PromRole::Bucket, {PromType::Histogram, PromType::GaugeHistogram, kNone}},
    Suffix{"_count"_L1, PromRole::Count, {PromType::Histogram, PromType::Summary, kNone}},
    Suffix{"_sum"_L1, PromRole::Sum, {PromType::Histogram, PromType::Summary, kNone}},
    Suffix{"_gcount"_L1, PromRole::Count, {PromType::GaugeHistogram, kNone, kNone}},
    Suffix{"_gsum"_L1, PromRole::Sum, {PromType::GaugeHistogram, kNone, kNone}},
    Suffix{"_total"_L1, PromRole::Value, {PromType::Counter, kNone, kNone}},
    Suffix{"_info"_L1, PromRole::Value, {PromType::Info, kNone, kNone}},
};

/// The next word of a comment; the rest begins after the blanks behind it.
std::string_view takeWord(std::string_view &rest)
{
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return word;
}

QString words(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

class TextReader
{
public:
    TextReader(PromFormat format, const PromLimits &limits) : m_format(format), m_limits(limits) {}

    PromScrape read(std::string_view text)
    {
        const bool cut = qsizetype(text.size()) > m_limits.bytes;
        text = text.substr(0, std::size_t(m_limits.bytes));
        while (!text.empty() && !m_ended) {
            const std::size_t end = text.find('\n');
            if (end == std::string_view::npos && cut)
                break; // half a line is none
            ++m_line;
            readLine(text.substr(0, end));
            text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        }
        if (cut)
            problem(u"the text is longer than %1 bytes, the rest is left out"_s.arg(m_limits.bytes));
        else if (m_format == PromFormat::OpenMetrics && !m_eof && !m_ended)
            problem(u"the text ends without # EOF, it may be cut off"_s);
        return std::move(m_out);
    }

private:
    void readLine(std::string_view line)
    {
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
            line.remove_suffix(1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty())
            return;
        if (m_eof) {
            m_ended = true;
            return problem(u"there is more after # EOF, it is left out"_s);
        }
        if (qsizetype(line.size()) > m_limits.lineBytes)
            return problem(u"longer than %1 bytes"_s.arg(m_limits.lineBytes));
        if (line[0] == '#')
            return readComment(line.substr(1));
        auto read = parsePromLine(line);
        if (!read)
            return problem(read.error().message);
        if (m_out.samples.size() >= m_limits.samples) {
            m_ended = true;
            return problem(u"more than %1 values, the rest is left out"_s.arg(m_limits.samples));
        }
        m_out.samples.append(sampleOf(std::move(*read)));
    }

    /// Comments that are neither TYPE, UNIT nor EOF mean nothing; HELP is for people.
    void readComment(std::string_view rest)
    {
        const std::string_view what = takeWord(rest);
        if (what == "EOF" && rest.empty())
            m_eof = m_format == PromFormat::OpenMetrics;
        if (what != "TYPE" && what != "UNIT")
            return;
        const std::string_view name = takeWord(rest);
        if (!isPromName(name))
            return problem(u"# %1 without a metric's name"_s.arg(words(what)));
        const QString family = words(name);
        if (what == "UNIT") {
            m_out.families[family].unit = words(rest.substr(0, 40));
            return;
        }
        const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeWord &type) { return type.word == rest; });
        if (known == kTypes.end())
            return problem(u"type \"%1\" of %2 is not known, its values are read as they are"_s.arg(words(rest.substr(0, 40)), family));
        if (m_typed.contains(family))
            return problem(u"a second TYPE of %1, the first counts"_s.arg(family));
        m_typed.insert(family);
        m_out.families[family].type = known->type;
    }

    PromSample sampleOf(PromLine &&line) const
    {
        PromSample sample;
        sample.name = std::move(line.name);
        sample.labels = std::move(line.labels);
        sample.value = line.value;
        if (line.timestamp) // within what a qint64 holds
            sample.timestampMs = std::llround(qBound(-9e15, *line.timestamp * (m_format == PromFormat::OpenMetrics ? 1000 : 1), 9e15));
        placeInFamily(sample);
        return sample;
    }

    void placeInFamily(PromSample &sample) const
    {
        sample.family = sample.name;
        for (const Suffix &suffix : kSuffixes) {
            if (!sample.name.endsWith(suffix.text))
                continue;
            const QString base = sample.name.chopped(suffix.text.size());
            // Clients of 0.0.4 write foo_created as a gauge of its own beside the counter foo_total.
            for (const QString &family : {base, suffix.role == PromRole::Created ? QString(base + u"_total") : base}) {
                const auto known = m_out.families.constFind(family);
                if (known == m_out.families.cend() || known->type == kNone
                    || std::find(suffix.types.begin(), suffix.types.end(), known->type) == suffix.types.end())
                    continue;
                sample.family = family;
                sample.type = known->type;
                sample.role = suffix.role;
                return;
            }
        }
        sample.type = m_out.families.value(sample.name).type;
    }

    void problem(const QString &text)
    {
        ++m_out.problemCount;
        if (m_out.problems.size() < kMostProblems)
            m_out.problems.append(u"line %1: %2"_s.arg(m_line).arg(text));
    }

    PromFormat m_format;
    PromLimits m_limits;
    PromScrape m_out;
    QSet<QString> m_typed;
    int m_line = 0;
    bool m_eof = false, m_ended = false;
};

} // namespace

PromFormat promFormat(const QByteArray &contentType)
{
    return contentType.trimmed().toLower().startsWith("application/openmetrics-text") ? PromFormat::OpenMetrics : PromFormat::Text;
}

PromScrape parsePrometheusText(const QByteArray &text, PromFormat format, const PromLimits &limits)
{
    return TextReader(format, limits).read({text.constData(), std::size_t(text.size())});
}

} // namespace prunella
