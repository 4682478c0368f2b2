#include "core/detection/TemplatePattern.h"

#include <algorithm>
#include <array>

namespace prunella {

namespace {

constexpr std::uint64_t kBase = 0x9e3779b97f4a7c15ULL; // odd, so multiplication loses no bits

/// Final mixing of the polynomial sum (Stafford's variant 13).
std::uint64_t mix(std::uint64_t h, std::size_t size)
{
    h ^= size;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
    return h ^ (h >> 31);
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 128;
}

bool hasLetters(std::string_view text)
{
    return std::any_of(text.begin(), text.end(), isLetter);
}

} // namespace

TemplatePattern::TemplatePattern(const LogTokenizer &tokens, std::string_view text)
{
    pieces_.reserve(tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const LogToken &token = tokens[i];
        TemplatePiece piece;
        piece.hash = token.hash;
        piece.kind = token.kind;
        piece.spaceBefore = token.spaceBefore && i > 0;
        append(piece, text.substr(token.begin, token.literal));
    }
}

void TemplatePattern::append(const TemplatePiece &source, std::string_view text)
{
    TemplatePiece piece = source;
    const bool literal = piece.kind == TokenKind::Word || piece.kind == TokenKind::Prefixed;
    piece.letters = literal && hasLetters(text);
    const bool fits = text_.size() + text.size() <= kMaxText;
    piece.offset = fits ? static_cast<std::uint16_t>(text_.size()) : 0;
    piece.length = fits ? static_cast<std::uint16_t>(text.size()) : 0;
    if (fits) text_.append(text);
    pieces_.push_back(piece);
}

std::uint64_t TemplatePattern::hash() const
{
    std::uint64_t h = 0;
    for (const auto &piece : pieces_) h = h * kBase + piece.hash;
    return mix(h, pieces_.size());
}

std::uint64_t TemplatePattern::hashOf(const LogTokenizer &tokens)
{
    std::uint64_t h = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) h = h * kBase + tokens[i].hash;
    return mix(h, tokens.size());
}

std::string_view TemplatePattern::textOf(const TemplatePiece &piece) const
{
    return std::string_view(text_).substr(piece.offset, piece.length);
}

bool TemplatePattern::fixedWord(const TemplatePiece &piece) const
{
    static constexpr std::array<std::string_view, 7> fixed{"true", "false", "null", "yes", "no", "on", "off"};
    const auto text = textOf(piece);
    if (piece.kind != TokenKind::Word || text.size() > 5) return false;
    std::string lower(text);
    for (char &c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return std::find(fixed.begin(), fixed.end(), lower) != fixed.end();
}

std::vector<TemplateSpan> TemplatePattern::spans() const
{
    std::vector<TemplateSpan> found;
    const std::size_t n = pieces_.size();
    for (std::size_t i = 0; i < n;) {
        std::size_t end = i + 1;
        while (end < n && !pieces_[end].spaceBefore) ++end;
        chunkSpans(i, end, found);
        i = end;
    }
    quotedSpans(found);
    if (found.size() > kMaxSpans) found.resize(kMaxSpans);
    hashSpans(found);
    return found;
}

bool TemplatePattern::isValue(std::size_t index) const
{
    return pieces_[index].letters || pieces_[index].kind == TokenKind::Variable;
}

bool TemplatePattern::isMark(std::size_t index, char c) const
{
    return pieces_[index].kind == TokenKind::Punct && textOf(pieces_[index]).starts_with(c);
}

/// Single tokens of a chunk (pieces without white space between), and its runs of values joined by ':' or a bracket
/// pair at their end: "LOCAL(0)", "PopupWindow:92ab".
void TemplatePattern::chunkSpans(std::size_t begin, std::size_t end, std::vector<TemplateSpan> &found) const
{
    const auto add = [&found](std::size_t a, std::size_t b) {
        if (found.size() < kMaxSpans) found.push_back({a, b, 0, 0, 0, b - a > 1, false, false, false});
    };
    for (std::size_t i = begin; i < end;) {
        if (!isValue(i)) {
            ++i;
            continue;
        }
        std::size_t stop = i + 1;
        add(i, stop);
        while (stop < end && stop - i < kMaxChunk) {
            if (isValue(stop)) add(stop, stop + 1), ++stop;
            else if (stop + 1 < end && isMark(stop, ':') && isValue(stop + 1)) add(stop + 1, stop + 2), stop += 2;
            else break;
        }
        if (stop - i > 1) add(i, stop);
        const bool bracket = stop + 2 < end && isMark(stop, '(') && isValue(stop + 1) && isMark(stop + 2, ')');
        if (bracket) add(i, stop + 3);
        i = stop;
    }
}

/// Quoted texts of several words.
void TemplatePattern::quotedSpans(std::vector<TemplateSpan> &found) const
{
    const std::size_t n = pieces_.size();
    for (std::size_t i = 0; i < n && found.size() < kMaxSpans; ++i) {
        if (!isMark(i, '"') && !isMark(i, '\'')) continue;
        const char quote = textOf(pieces_[i])[0];
        std::size_t end = i + 1;
        while (end < n && end - i <= kMaxChunk && !isMark(end, quote)) ++end;
        if (end >= n || end - i > kMaxChunk) continue;
        found.push_back({i, end + 1, 0, 0, 0, true, false, false, false});
        i = end;
    }
}

/// Fills hashes and context of spans from prefix sums of the polynomial hash.
void TemplatePattern::hashSpans(std::vector<TemplateSpan> &found) const
{
    const std::size_t n = pieces_.size();
    std::array<std::uint64_t, LogTokenizer::kMaxTokens + 2> prefix{};
    std::array<std::uint64_t, LogTokenizer::kMaxTokens + 2> power{};
    std::array<std::uint32_t, LogTokenizer::kMaxTokens + 2> letters{};
    power[0] = 1;
    for (std::size_t i = 0; i < n; ++i) {
        prefix[i + 1] = prefix[i] * kBase + pieces_[i].hash;
        power[i + 1] = power[i] * kBase;
        letters[i + 1] = letters[i] + pieces_[i].letters;
    }
    for (auto &span : found) {
        const std::size_t size = span.end - span.begin;
        const std::uint64_t tail = prefix[n] - prefix[span.end] * power[n - span.end];
        const std::uint64_t sum = (prefix[span.begin] * kBase + LogTokenizer::kVariableHash) * power[n - span.end] + tail;
        span.blankHash = mix(sum, n - size + 1);
        span.valueHash = static_cast<std::uint32_t>(mix(prefix[span.end] - prefix[span.begin] * power[size], size));
        span.context = letters[n] - (letters[span.end] - letters[span.begin]);
        span.assigned = span.begin > 0 && isMark(span.begin - 1, '=');
        span.numbered = !span.chunk && pieces_[span.begin].kind == TokenKind::Prefixed;
        span.fixedWord = !span.chunk && fixedWord(pieces_[span.begin]);
    }
}

std::uint32_t TemplatePattern::valueHash(std::uint64_t tokenHash)
{
    return static_cast<std::uint32_t>(mix(tokenHash, 1));
}

std::vector<std::uint32_t> TemplatePattern::assignedWords() const
{
    std::vector<std::uint32_t> words;
    for (std::size_t i = 1; i < pieces_.size(); ++i) {
        const auto &piece = pieces_[i];
        const bool value = isMark(i - 1, '=') && piece.kind == TokenKind::Word && piece.letters && !piece.spaceBefore;
        if (value && !fixedWord(piece)) words.push_back(valueHash(piece.hash));
    }
    return words;
}

void TemplatePattern::blank(std::size_t begin, std::size_t end)
{
    TemplatePattern next;
    next.pieces_.reserve(pieces_.size());
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
        if (i > begin && i < end) continue;
        TemplatePiece piece = pieces_[i];
        const auto text = i == begin ? std::string_view() : textOf(piece);
        if (i == begin) {
            piece.hash = LogTokenizer::kVariableHash;
            piece.kind = TokenKind::Variable;
        }
        next.append(piece, text);
    }
    *this = std::move(next);
}

std::string TemplatePattern::text() const
{
    std::string out;
    for (const auto &piece : pieces_) {
        if (piece.spaceBefore) out += ' ';
        out += textOf(piece);
        if (piece.kind == TokenKind::Variable || piece.kind == TokenKind::Prefixed) out += "<*>";
    }
    return out;
}

} // namespace prunella
