#include "core/detection/LogTokenizer.h"

#include "core/detection/LogChars.h"

#include <cstring>

namespace prunella {

namespace {

using namespace chars;

__extension__ using Wide = unsigned __int128;

std::uint64_t fold(std::uint64_t a, std::uint64_t b)
{
    const Wide wide = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64);
}

} // namespace

/// Character statistics of one word.
struct LogTokenizer::WordShape {
    std::size_t end = 0;        ///< offset behind the word
    std::uint8_t any = 0;       ///< OR of the class bits
    std::uint32_t digits = 0;
    std::uint32_t dots = 0;     ///< dots with a letter or digit on both sides
    std::uint32_t slashes = 0;
    std::uint32_t firstDigit = 0;
    std::uint32_t alphas = 0;
    bool allHex = true;
};

std::uint64_t LogTokenizer::hashBytes(std::string_view bytes)
{
    constexpr std::uint64_t k0 = 0xa0761d6478bd642fULL;
    constexpr std::uint64_t k1 = 0xe7037ed1a0b428dbULL;
    std::uint64_t h = k0 ^ bytes.size();
    const char *p = bytes.data();
    std::size_t n = bytes.size();
    for (; n >= 8; n -= 8, p += 8) {
        std::uint64_t part = 0;
        std::memcpy(&part, p, 8);
        h = fold(h ^ part, k1);
    }
    std::uint64_t tail = 0;
    for (std::size_t i = 0; i < n; ++i) tail |= static_cast<std::uint64_t>(static_cast<unsigned char>(p[i])) << (8 * i);
    return fold(h ^ tail, k1);
}

std::string LogTokenizer::textOf(const LogToken &token, std::string_view text)
{
    const auto all = text.substr(token.begin, token.end - token.begin);
    if (token.kind == TokenKind::Variable) return "<*>";
    if (token.kind == TokenKind::Prefixed) return std::string(all.substr(0, token.literal)) + "<*>";
    return std::string(all);
}

void LogTokenizer::tokenize(std::string_view text)
{
    const bool cut = text.size() > kMaxBytes;
    text_ = cut ? text.substr(0, kMaxBytes) : text;
    pos_ = size_ = 0;
    userWord_ = 0;
    space_ = false;
    while (pos_ < text_.size() && size_ < kMaxTokens) {
        const auto bits = bitsOf(text_[pos_]);
        if (bits & kSpace) {
            space_ = true;
            ++pos_;
        } else if ((bits & kWord) && !ellipsis(pos_)) {
            scanWord();
        } else {
            scanPunct();
        }
    }
    if (cut || pos_ < text_.size()) pushVariable(text_.size(), text_.size());
}

/// Three dots are a delimiter: "enable......0".
bool LogTokenizer::ellipsis(std::size_t at) const
{
    return text_.substr(at, 3) == "...";
}

std::size_t LogTokenizer::wordEnd(std::size_t from) const
{
    while (from < text_.size() && isWord(text_[from]) && !(text_[from] == '.' && ellipsis(from))) ++from;
    return from;
}

/// Shape and end of the word that starts at `begin`.
LogTokenizer::WordShape LogTokenizer::shapeOf(std::size_t begin) const
{
    WordShape shape;
    std::uint8_t before = 0;
    std::size_t i = begin;
    for (; i < text_.size(); ++i) {
        const auto bits = bitsOf(text_[i]);
        if (!(bits & kWord) || ((bits & kDot) && ellipsis(i))) break;
        shape.any |= bits;
        if (bits & kDigit) {
            if (shape.digits++ == 0) shape.firstDigit = static_cast<std::uint32_t>(i - begin);
        } else if (bits & kAlpha) {
            ++shape.alphas;
            shape.allHex = shape.allHex && (bits & kHexLetter);
        } else {
            shape.allHex = false;
            shape.slashes += (bits & kSlash) != 0;
            const bool inner = (bits & kDot) && (before & (kAlpha | kDigit)) && i + 1 < text_.size();
            shape.dots += inner && (bitsOf(text_[i + 1]) & (kAlpha | kDigit));
        }
        before = bits;
    }
    shape.end = i;
    return shape;
}

/// Most words are letters alone and need no further look.
bool LogTokenizer::scanPlainWord()
{
    const std::size_t begin = pos_;
    std::size_t end = begin;
    std::uint8_t common = 0xff;
    while (end < text_.size() && (bitsOf(text_[end]) & kAlpha)) common &= bitsOf(text_[end++]);
    const std::size_t length = end - begin;
    const bool ends = end == text_.size() || !(isWord(text_[end]) || text_[end] == ':');
    if (!ends || length <= 3 || (common & kHexLetter)) return false;
    pos_ = end;
    if (afterUser(begin, end)) pushVariable(begin, end);
    else push(begin, end, TokenKind::Word, length);
    return true;
}

void LogTokenizer::scanWord()
{
    if (scanPlainWord()) return;
    const std::size_t begin = pos_;
    const WordShape shape = shapeOf(begin);
    const std::size_t end = pos_ = shape.end;
    if (end < text_.size() && text_[end] == ':' && scanUrlOrDrive(begin, end, shape)) return;
    if (end < text_.size() && text_[end] == ':' && scanColonGroups(begin, end, shape)) return;
    if (end - begin == 3 && shape.alphas == 3 && scanDateWord(begin, end)) return;
    classifyWord(begin, end, shape);
}

void LogTokenizer::skipUntilBreak()
{
    while (pos_ < text_.size() && !isSpace(text_[pos_]) && std::strchr("\"'<>()[]{},;|", text_[pos_]) == nullptr) ++pos_;
}

/// "scheme://..." and "C:\..." run to the next white space, quote or bracket.
bool LogTokenizer::scanUrlOrDrive(std::size_t begin, std::size_t end, const WordShape &shape)
{
    const auto rest = text_.substr(end);
    const bool url = rest.substr(0, 3) == "://" && shape.alphas > 0;
    const bool drive = end - begin == 1 && rest.size() > 1 && (rest[1] == '\\' || rest[1] == '/') && shape.alphas == 1;
    if (!url && !drive) return false;
    pos_ = end + 1;
    skipUntilBreak();
    pushVariable(begin, pos_);
    return true;
}

/// Clock times, MAC and IPv6 addresses: groups of hexadecimal digits joined by ':'.
bool LogTokenizer::scanColonGroups(std::size_t begin, std::size_t end, const WordShape &shape)
{
    if (!shape.allHex || end - begin > 4) return false;
    std::size_t at = end;
    std::size_t colons = 0;
    bool digits = shape.digits > 0;
    while (at < text_.size() && text_[at] == ':' && colons < kMaxColons) {
        std::size_t next = at + 1;
        while (next < text_.size() && isHex(text_[next])) digits |= isDigit(text_[next++]);
        if (next - at > 5 || (next == at + 1 && (next >= text_.size() || text_[next] != ':'))) break;
        at = next;
        ++colons;
    }
    if (colons < 2 || !digits || (at < text_.size() && (bitsOf(text_[at]) & kAlpha))) return false;
    pos_ = wordEnd(at);
    pushVariable(begin, pos_);
    return true;
}

/// Month and weekday names next to a number or each other are parts of a date.
bool LogTokenizer::scanDateWord(std::size_t begin, std::size_t end)
{
    const auto word = text_.substr(begin, 3);
    const bool weekday = isWeekday(word);
    if (!weekday && !isMonth(word)) return false;
    std::size_t next = end;
    while (next < text_.size() && next < end + 4 && (isSpace(text_[next]) || text_[next] == ',')) ++next;
    if (next == end || next >= text_.size()) return false;
    const bool number = isDigit(text_[next]);
    const bool month = weekday && isMonth(text_.substr(next, 3));
    if (!number && !month) return false;
    pushVariable(begin, end);
    return true;
}

bool LogTokenizer::isPath(std::size_t begin, std::size_t end, const WordShape &shape) const
{
    if (shape.slashes == 0 || end - begin < 2) return false;
    const auto word = text_.substr(begin, end - begin);
    return shape.slashes > 1 || (bitsOf(word[0]) & kSlash) || (word.find('\\') < word.size() - 1 && shape.alphas > 1);
}

void LogTokenizer::classifyWord(std::size_t begin, std::size_t end, const WordShape &shape)
{
    const std::size_t length = end - begin;
    const bool path = isPath(begin, end, shape);
    const bool mail = (shape.any & kAt) && shape.alphas > 1 && text_[begin] != '@' && text_[end - 1] != '@';
    const bool hexWord = shape.allHex && (length == 8 || length == 16 || length == 32);
    if (path && pos_ < text_.size() && text_[pos_] == '?') {
        skipUntilBreak();
        return pushVariable(begin, pos_);
    }
    if (path || mail || hexWord || afterUser(begin, end)) return pushVariable(begin, end);
    if (shape.digits == 0) {
        if (shape.dots > 1 || isDomain(text_.substr(begin, length))) return pushVariable(begin, end);
        return push(begin, end, TokenKind::Word, length);
    }
    const bool device = shape.digits == 1 && shape.alphas + 1 == length && shape.firstDigit + 1 == length && length >= 3
                        && length <= 7;
    if (device && size_ > 0 && repeatsLast(begin, length - 1)) return pushVariable(begin, end);
    if (device) {
        push(begin, end, TokenKind::Prefixed, length - 1);
        return absorbPort();
    }
    pushVariable(begin, end);
    absorbPort();
    absorbUnit();
}

/// "cn1 cn2 cn3" is a list: its first token becomes a variable, which the next ones extend.
bool LogTokenizer::repeatsLast(std::size_t begin, std::size_t literal)
{
    LogToken &last = tokens_[size_ - 1];
    if (last.kind == TokenKind::Variable) return true;
    const auto prefix = text_.substr(begin, literal);
    if (last.kind != TokenKind::Prefixed || text_.substr(last.begin, last.literal) != prefix) return false;
    makeVariable(last);
    return true;
}

/// The word after "user" is a name, and an empty name leaves two spaces before the next preposition.
bool LogTokenizer::afterUser(std::size_t begin, std::size_t end)
{
    if (!space_ || size_ == 0) return false;
    const LogToken &last = tokens_[size_ - 1];
    if (last.end - last.begin != 4 || text_.substr(last.begin, last.end - last.begin) != "user") return false;
    const auto word = text_.substr(begin, end - begin);
    const bool preposition = isPreposition(word);
    if (preposition && begin - last.end > 1) pushVariable(last.end + 1, last.end + 1);
    if (!preposition) userWord_ = hashBytes(word);
    return !preposition;
}

void LogTokenizer::makeVariable(LogToken &token)
{
    token.kind = TokenKind::Variable;
    token.literal = 0;
    token.hash = kVariableHash;
}

/// "host:8020" is one variable, as is the host without a port.
void LogTokenizer::absorbPort()
{
    if (pos_ + 1 >= text_.size() || text_[pos_] != ':' || !isDigit(text_[pos_ + 1])) return;
    std::size_t at = pos_ + 1;
    while (at < text_.size() && isDigit(text_[at])) ++at;
    pos_ = wordEnd(at);
    LogToken &last = tokens_[size_ - 1];
    last.end = static_cast<std::uint32_t>(pos_);
    makeVariable(last);
}

/// "17.7 GB" and "384 B" are one variable, for the unit varies with the number.
void LogTokenizer::absorbUnit()
{
    if (pos_ + 1 >= text_.size() || text_[pos_] != ' ') return;
    const std::size_t end = wordEnd(pos_ + 1);
    if (end - pos_ > 5 || !isSizeUnit(text_.substr(pos_ + 1, end - pos_ - 1))) return;
    pos_ = end;
    tokens_[size_ - 1].end = static_cast<std::uint32_t>(end);
}

/// A quoted single word is a value: 'CalVisitor', "null"; but with ':' behind it is a key.
bool LogTokenizer::scanQuoted()
{
    const char quote = text_[pos_];
    if (quote != '"' && quote != '\'') return false;
    if (pos_ > 0 && !isSpace(text_[pos_ - 1]) && std::strchr("=:([{,<|", text_[pos_ - 1]) == nullptr) return false;
    std::size_t at = pos_ + 1;
    while (at < text_.size() && at - pos_ <= kMaxQuoted && !isSpace(text_[at]) && text_[at] != quote) ++at;
    if (at >= text_.size() || text_[at] != quote) return false;
    const std::size_t begin = pos_;
    pos_ = at + 1;
    if (pos_ < text_.size() && text_[pos_] == ':') push(begin, pos_, TokenKind::Word, pos_ - begin);
    else pushVariable(begin, pos_);
    return true;
}

/// " ()" is an empty value, the same template as " (name)".
bool LogTokenizer::scanEmptyPair()
{
    const auto pair = text_.substr(pos_, 2);
    if (!space_ || (pair != "()" && pair != "[]")) return false;
    push(pos_, pos_ + 1, TokenKind::Punct, 1);
    pushVariable(pos_ + 1, pos_ + 1);
    push(pos_ + 1, pos_ + 2, TokenKind::Punct, 1);
    pos_ += 2;
    return true;
}

/// "<1 sec" and ">5": the comparison belongs to the number.
bool LogTokenizer::scanComparedNumber()
{
    if ((text_[pos_] != '<' && text_[pos_] != '>') || pos_ + 1 >= text_.size() || !isDigit(text_[pos_ + 1])) return false;
    const std::size_t end = wordEnd(pos_ + 1);
    if (!space_ || (end < text_.size() && text_[end] == '>')) return false;
    const std::size_t begin = pos_;
    pos_ = end;
    pushVariable(begin, end);
    absorbUnit();
    return true;
}

/// "::1", "::ffff:10.0.0.1", "::".
bool LogTokenizer::scanShortIp6()
{
    const bool starts = space_ || size_ == 0 || tokens_[size_ - 1].kind == TokenKind::Punct;
    if (!starts || text_.substr(pos_, 2) != "::") return false;
    std::size_t end = pos_ + 2;
    while (end < text_.size() && (isHex(text_[end]) || text_[end] == ':' || text_[end] == '.')) ++end;
    if (end < text_.size() && (bitsOf(text_[end]) & kAlpha)) return false;
    const std::size_t begin = pos_;
    pos_ = end;
    pushVariable(begin, end);
    return true;
}

void LogTokenizer::scanPunct()
{
    if (scanQuoted() || scanEmptyPair() || scanComparedNumber() || scanShortIp6()) return;
    const char c = text_[pos_];
    const bool attached = !space_ && size_ > 0 && tokens_[size_ - 1].kind == TokenKind::Word;
    std::size_t end = pos_ + 1;
    while (end < text_.size() && text_[end] == c) ++end;
    push(pos_, end, TokenKind::Punct, end - pos_);
    const bool single = end - pos_ == 1;
    pos_ = end;
    if (c == '=' && single && attached && (end >= text_.size() || isSpace(text_[end]))) pushVariable(end, end);
}

/// True if the last two tokens are a variable and a list separator.
bool LogTokenizer::listBefore() const
{
    if (size_ < 2 || tokens_[size_ - 2].kind != TokenKind::Variable) return false;
    const LogToken &last = tokens_[size_ - 1];
    if (last.end - last.begin != 1) return false;
    const char c = text_[last.begin];
    return c == ',' || c == '-' || c == ':' || c == ';' || c == '|' || c == '/';
}

/// Runs of variables are one variable: lists of one template differ in length.
void LogTokenizer::pushVariable(std::size_t begin, std::size_t end)
{
    const bool run = size_ > 0 && tokens_[size_ - 1].kind == TokenKind::Variable;
    if (!run && listBefore()) --size_;
    else if (!run) return push(begin, end, TokenKind::Variable, 0);
    tokens_[size_ - 1].end = static_cast<std::uint32_t>(end);
    space_ = false;
}

void LogTokenizer::push(std::size_t begin, std::size_t end, TokenKind kind, std::size_t literal)
{
    if (size_ > kMaxTokens) return;
    LogToken &token = tokens_[size_++];
    token.begin = static_cast<std::uint32_t>(begin);
    token.end = static_cast<std::uint32_t>(end);
    token.literal = static_cast<std::uint32_t>(literal);
    token.kind = kind;
    token.spaceBefore = space_;
    token.hash = kind == TokenKind::Variable ? kVariableHash : hashBytes(text_.substr(begin, literal));
    if (kind == TokenKind::Prefixed) token.hash ^= kVariableHash;
    space_ = false;
}

} // namespace prunella
