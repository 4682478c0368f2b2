#include "core/detection/LogTime.h"

#include <algorithm>

namespace prunella {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Capital and two small letters.
bool capitalized(std::string_view word)
{
    return word[0] >= 'A' && word[0] <= 'Z' && word[1] >= 'a' && word[1] <= 'z' && word[2] >= 'a' && word[2] <= 'z';
}

/// Reader over a bounded window of the text; every helper leaves `at` untouched when it fails.
class Reader {
public:
    Reader(std::string_view text, std::size_t pos)
        : text_(text.substr(0, std::min(text.size(), pos + kMaxTimeBytes))), at(pos)
    {
    }

    [[nodiscard]] char peek(std::size_t ahead = 0) const
    {
        return at + ahead < text_.size() ? text_[at + ahead] : '\0';
    }

    [[nodiscard]] std::size_t digits(std::size_t from) const
    {
        std::size_t n = 0;
        while (from + n < text_.size() && n < 20 && digit(text_[from + n])) ++n;
        return n;
    }

    [[nodiscard]] unsigned value(std::size_t from, std::size_t n) const
    {
        unsigned v = 0;
        for (std::size_t i = 0; i < n; ++i) v = v * 10 + static_cast<unsigned>(text_[from + i] - '0');
        return v;
    }

    bool name(std::string_view packed)
    {
        const auto word = text_.substr(at, 3);
        if (word.size() < 3 || !capitalized(word)) return false;
        for (std::size_t i = 0; i + 3 <= packed.size(); i += 3) {
            if (packed.substr(i, 3) != word) continue;
            std::size_t end = at + 3;
            while (end < text_.size() && letter(text_[end]) && end < at + 9) ++end;
            at = end;
            return true;
        }
        return false;
    }

    bool month() { return name("JanFebMarAprMayJunJulAugSepOctNovDec"); }
    bool weekday() { return name("MonTueWedThuFriSatSun"); }

    bool spaces()
    {
        const std::size_t start = at;
        while (peek() == ' ' && at < start + 3) ++at;
        return at > start;
    }

    bool year4()
    {
        if (digits(at) != 4 || value(at, 4) < 1970 || value(at, 4) > 2199) return false;
        at += 4;
        return true;
    }

    std::string_view text_;
    std::size_t at;
};

/// hh:mm[:ss[fraction]][zone]; `dotted` also allows hh.mm.ss.
bool clock(Reader &r, bool dotted, bool needSeconds)
{
    const std::size_t h = r.digits(r.at);
    if (h < 1 || h > 2 || r.value(r.at, h) > 24) return false;
    const char sep = r.peek(h);
    if (sep != ':' && !(dotted && sep == '.')) return false;
    const std::size_t m = r.at + h + 1;
    const std::size_t minutes = r.digits(m);
    if (minutes < 1 || minutes > 2 || r.value(m, minutes) > 59) return false;
    std::size_t end = m + minutes;
    const std::size_t s = end < r.text_.size() && r.text_[end] == sep ? r.digits(end + 1) : 0;
    const bool seconds = s == 1 || s == 2;
    if (!seconds && (needSeconds || minutes != 2)) return false;
    if (seconds) end += 1 + s;
    if (seconds && end < r.text_.size() && (r.text_[end] == '.' || r.text_[end] == ',' || r.text_[end] == ':')) {
        const std::size_t f = r.digits(end + 1);
        if (f >= 1 && f <= 9) end += 1 + f;
    }
    r.at = end;
    if (r.peek() == 'Z') ++r.at;
    const std::size_t gap = r.peek() == ' ' ? 1 : 0;
    if ((r.peek(gap) == '+' || r.peek(gap) == '-') && r.digits(r.at + gap + 1) >= 2) {
        const std::size_t n = r.digits(r.at + gap + 1);
        if (n == 4) r.at += gap + 5;
        else if (n == 2 && r.peek(gap + 3) == ':' && r.digits(r.at + gap + 4) == 2) r.at += gap + 6;
    }
    return true;
}

/// Numeric dates: y-m-d, d/m/y, y.m.d, and the two-part m-d.
std::size_t numericDate(const Reader &r, bool &partial)
{
    const std::size_t a = r.digits(r.at);
    if (a != 1 && a != 2 && a != 4) return 0;
    const char sep = r.peek(a);
    if (sep != '-' && sep != '/' && sep != '.') return 0;
    const std::size_t p = r.at + a + 1;
    const std::size_t b = r.digits(p);
    if (b < 1 || b > 2 || r.value(p, b) > 31) return 0;
    const std::size_t q = p + b;
    const std::size_t c = q < r.text_.size() && r.text_[q] == sep ? r.digits(q + 1) : 0;
    partial = c == 0;
    if (partial) return a == 2 && b == 2 && r.value(r.at, a) <= 31 ? q - r.at : 0;
    if (a == 4 ? c > 2 : (c != 2 && c != 4)) return 0;
    if (a == 4 && (r.value(r.at, 4) < 1970 || r.value(r.at, 4) > 2199)) return 0;
    if (a < 4 && r.value(r.at, a) > 31 && c != 2) return 0;
    return q + 1 + c - r.at;
}

/// yyyymmdd or yymmdd.
std::size_t compactDate(const Reader &r)
{
    const std::size_t n = r.digits(r.at);
    if (n != 8 && n != 6) return 0;
    const std::size_t m = r.at + n - 4;
    const unsigned month = r.value(m, 2);
    const unsigned day = r.value(m + 2, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31) return 0;
    if (n == 8 && (r.value(r.at, 4) < 1970 || r.value(r.at, 4) > 2199)) return 0;
    return n;
}

/// Clock after a date and a joint (white space, 'T', '-', '_', ':').
bool joinedClock(Reader &r)
{
    const std::size_t start = r.at;
    const char c = r.peek();
    if (c == ',' && r.peek(1) == ' ') ++r.at;
    if (!r.spaces()) {
        if (c != 'T' && c != '-' && c != '_' && c != ':') return false;
        ++r.at;
    }
    if (clock(r, true, false)) return true;
    r.at = start;
    return false;
}

/// "[Wed, ]Jun 14[,] [2005] 15:16:01 [2005]" and "14 Jun 2005 15:16:01", "10/Oct/2000:13:55:36".
bool namedDate(Reader &r)
{
    if (r.weekday()) {
        if (r.peek() == ',') ++r.at;
        if (!r.spaces()) return false;
    }
    const std::size_t n = r.digits(r.at);
    if (n >= 1 && n <= 2) {
        r.at += n;
        const char sep = r.peek();
        if (sep != ' ' && sep != '-' && sep != '/') return false;
        ++r.at;
        if (!r.month() || r.peek() != sep) return false;
        ++r.at;
        return r.year4() && (joinedClock(r) || true);
    }
    if (!r.month() || !r.spaces()) return false;
    const std::size_t day = r.digits(r.at);
    if (day < 1 || day > 2) return false;
    r.at += day;
    if (r.peek() == ',') ++r.at;
    const std::size_t beforeYear = r.at;
    if (!(r.spaces() && r.year4())) r.at = beforeYear;
    if (!joinedClock(r)) return r.at != beforeYear;
    const std::size_t beforeTail = r.at;
    if (!(r.spaces() && r.year4() && !digit(r.peek()))) r.at = beforeTail;
    return true;
}

bool epoch(Reader &r)
{
    const std::size_t n = r.digits(r.at);
    if ((n != 10 && n != 13 && n != 16) || r.peek() != '1') return false;
    r.at += n;
    if (r.peek() == '.' && n == 10) {
        const std::size_t f = r.digits(r.at + 1);
        if (f > 0 && f <= 9) r.at += 1 + f;
    }
    return true;
}

bool numericStamp(Reader &r)
{
    bool partial = false;
    if (const std::size_t n = numericDate(r, partial); n > 0) {
        r.at += n;
        return joinedClock(r) || !partial;
    }
    if (const std::size_t n = compactDate(r); n > 0) {
        r.at += n;
        if (joinedClock(r)) return true;
        const std::size_t gap = r.peek() == ' ' || r.peek() == 'T' || r.peek() == '-' ? 1 : 0;
        if (gap == 0 || r.digits(r.at + gap) != 6) return false;
        const std::size_t c = r.at + gap;
        if (r.value(c, 2) > 24 || r.value(c + 2, 2) > 59 || r.value(c + 4, 2) > 60) return false;
        r.at = c + 6;
        return true;
    }
    return false;
}

} // namespace

std::size_t scanTime(std::string_view text, std::size_t pos)
{
    if (pos >= text.size() || !(digit(text[pos]) || letter(text[pos]))) return pos;
    bool (*const shapes[])(Reader&) = {numericStamp, namedDate, [](Reader &r) { return clock(r, false, true); }, epoch};
    for (const auto shape : shapes) {
        Reader r(text, pos);
        if (shape(r) && !digit(r.peek()) && !letter(r.peek())) return r.at;
    }
    return pos;
}

} // namespace prunella
