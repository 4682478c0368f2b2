#include "core/monitoring/NagiosRange.h"

#include <charconv>
#include <cmath>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

tl::unexpected<Error> invalid(std::string_view text, const QString &why)
{
    return failure(ErrorCode::Invalid, u"range \""_s + QString::fromUtf8(text.data(), qsizetype(text.size())).left(60) + u"\": "_s + why);
}

} // namespace

bool plainNumber(std::string_view text, double &out)
{
    const bool plus = text.starts_with('+');
    if (plus) // which from_chars does not know
        text.remove_prefix(1);
    // from_chars also reads words such as inf and nan.
    if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos || (plus && text.starts_with('-')))
        return false;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return false;
    out = value;
    return true;
}

Result<NagiosRange> parseNagiosRange(std::string_view text)
{
    std::string_view rest = text;
    NagiosRange range;
    if (!rest.empty() && rest.front() == '@') {
        range.inside = true;
        rest.remove_prefix(1);
    }
    const std::size_t colon = rest.find(':');
    if (rest.empty() || rest == ":")
        return invalid(text, u"expected [@]start:end such as 10, 10:, ~:10 or @10:20"_s);
    if (colon == std::string_view::npos) { // `10` is 0:10
        if (!plainNumber(rest, range.end))
            return invalid(text, u"the end is no number"_s);
    } else {
        const std::string_view start = rest.substr(0, colon), end = rest.substr(colon + 1);
        if (start == "~")
            range.start = -std::numeric_limits<double>::infinity();
        else if (!start.empty() && !plainNumber(start, range.start)) // `:10` is 0:10, as the plugins' own library reads it
            return invalid(text, u"the start is no number"_s);
        if (!end.empty() && !plainNumber(end, range.end))
            return invalid(text, u"the end is no number"_s);
    }
    if (range.start > range.end)
        return invalid(text, u"the start is over the end"_s);
    return range;
}

QString toString(const NagiosRange &range)
{
    QString text = range.inside ? u"@"_s : QString();
    if (std::isinf(range.start))
        text += u"~:"_s;
    else if (range.start != 0 || std::isinf(range.end))
        text += QString::number(range.start, 'g', 10) + u':';
    return std::isinf(range.end) ? text : QString(text + QString::number(range.end, 'g', 10));
}

} // namespace prunella
