#pragma once
/// @file LogTokenizer.h
/// Splits one log message into hashed tokens and masks variable parts by their shape alone.
///
/// Why: grouping by an exact hash of the masked line costs one table look-up a line. What shape cannot tell (user names,
/// host names: words without digits) is left to the statistics of TemplateMiner. Masking before grouping follows
/// Drain (He et al. 2017), but with one fixed set of shapes in a hand-written scanner: no expressions per data source.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace prunella {

/// What a token contributes to a template.
enum class TokenKind : std::uint8_t {
    Word,     ///< literal word
    Punct,    ///< literal delimiter character(s)
    Variable, ///< masked whole
    Prefixed  ///< literal prefix, masked rest: "blk_<*>"
};

/// One token; `begin`, `end` are byte offsets in the tokenized text, `literal` the bytes that stay literal.
struct LogToken {
    std::uint64_t hash = 0;
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    std::uint32_t literal = 0;
    TokenKind kind = TokenKind::Word;
    bool spaceBefore = false;
};

/// Stateless but for its buffer; one instance per thread. Bytes are bytes: UTF-8 validity is irrelevant, bytes >= 0x80
/// are word characters, control characters (also NUL) are white space.
class LogTokenizer {
public:
    static constexpr std::size_t kMaxBytes = 8192; ///< bytes of a line looked at; the rest is a trailing wildcard
    static constexpr std::size_t kMaxTokens = 128; ///< tokens of a line; the rest is a trailing wildcard
    static constexpr std::size_t kMaxColons = 12;  ///< groups of an address or clock time, less one
    static constexpr std::size_t kMaxQuoted = 64;  ///< bytes of a quoted single word that is masked whole

    /// Hash of the wildcard, the same for every masked token.
    static constexpr std::uint64_t kVariableHash = 0x9ae16a3b2f90404fULL;

    /// Tokenizes `text`; the result stays valid until the next call.
    void tokenize(std::string_view text);

    [[nodiscard]] const LogToken *begin() const { return tokens_.data(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const LogToken &operator[](std::size_t index) const { return tokens_[index]; }

    /// Hash of a word that was masked because it follows "user"; 0 if there was none.
    [[nodiscard]] std::uint64_t userWord() const { return userWord_; }

    /// Text of a token as shown in a template ("<*>" for what is masked).
    [[nodiscard]] static std::string textOf(const LogToken &token, std::string_view text);

    /// 64-bit hash of bytes (multiply and fold, eight bytes a step); fixed seed, so ids are reproducible.
    [[nodiscard]] static std::uint64_t hashBytes(std::string_view bytes);

private:
    struct WordShape;
    void scanWord();
    bool scanPlainWord();
    void scanPunct();
    bool scanUrlOrDrive(std::size_t begin, std::size_t end, const WordShape &shape);
    bool scanColonGroups(std::size_t begin, std::size_t end, const WordShape &shape);
    bool scanDateWord(std::size_t begin, std::size_t end);
    void classifyWord(std::size_t begin, std::size_t end, const WordShape &shape);
    bool afterUser(std::size_t begin, std::size_t end);
    bool scanQuoted();
    bool scanEmptyPair();
    bool scanComparedNumber();
    bool scanShortIp6();
    [[nodiscard]] bool isPath(std::size_t begin, std::size_t end, const WordShape &shape) const;
    bool repeatsLast(std::size_t begin, std::size_t literal);
    static void makeVariable(LogToken &token);
    void absorbUnit();
    void absorbPort();
    void skipUntilBreak();
    void push(std::size_t begin, std::size_t end, TokenKind kind, std::size_t literal);
    void pushVariable(std::size_t begin, std::size_t end);
    [[nodiscard]] WordShape shapeOf(std::size_t begin) const;
    [[nodiscard]] bool listBefore() const;
    [[nodiscard]] bool ellipsis(std::size_t at) const;
    [[nodiscard]] std::size_t wordEnd(std::size_t from) const;

    std::string_view text_;
    std::size_t pos_ = 0;
    std::size_t size_ = 0;
    std::uint64_t userWord_ = 0;
    bool space_ = false;
    std::array<LogToken, kMaxTokens + 1> tokens_{};
};

} // namespace prunella
