#pragma once
/// @file TemplatePattern.h
/// The tokens of a template, their combined hash, and the places where one of them may prove variable.
#include "core/detection/LogTokenizer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

/// One token of a template. Text beyond TemplatePattern::kMaxText is not kept (length 0), its hash always is.
struct TemplatePiece {
    std::uint64_t hash = 0;
    std::uint16_t offset = 0;
    std::uint16_t length = 0;
    TokenKind kind = TokenKind::Word;
    bool spaceBefore = false;
    bool letters = false; ///< literal with at least one letter: counts as context
};

/// Place in a pattern that could be a wildcard: pieces [begin, end), and the hash of the pattern with it blanked.
struct TemplateSpan {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::uint64_t blankHash = 0;
    std::uint32_t valueHash = 0;
    std::uint32_t context = 0; ///< literal words outside the span
    bool chunk = false;        ///< more than one token without white space inside, e.g. "LOCAL(0)"
    bool numbered = false;     ///< a word with a masked number, e.g. "eth<*>"
    bool assigned = false;     ///< stands behind '='
    bool fixedWord = false;    ///< true, false, null ...: alternatives that tell templates apart
};

/// Token list of a template.
class TemplatePattern {
public:
    static constexpr std::size_t kMaxText = 1024; ///< bytes of text kept for display
    static constexpr std::size_t kMaxSpans = 48;  ///< places tried per pattern
    static constexpr std::size_t kMaxChunk = 8;   ///< tokens of a composite value

    TemplatePattern() = default;
    TemplatePattern(const LogTokenizer &tokens, std::string_view text);

    /// Order-dependent hash of a token list; blanked variants are derived from prefix sums.
    [[nodiscard]] std::uint64_t hash() const;
    [[nodiscard]] static std::uint64_t hashOf(const LogTokenizer &tokens);

    /// Places that could be wildcards, at most kMaxSpans.
    [[nodiscard]] std::vector<TemplateSpan> spans() const;

    /// Hash of a single token as a value, as in TemplateSpan::valueHash.
    [[nodiscard]] static std::uint32_t valueHash(std::uint64_t tokenHash);

    /// Hashes of the words that stand behind '=' and so are values: "user=root".
    [[nodiscard]] std::vector<std::uint32_t> assignedWords() const;

    /// Replaces a span by one wildcard.
    void blank(std::size_t begin, std::size_t end);

    /// Display text: "Connection from <*> closed".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] std::string_view textOf(const TemplatePiece &piece) const;

    [[nodiscard]] const std::vector<TemplatePiece> &pieces() const { return pieces_; }
    [[nodiscard]] std::size_t bytes() const { return text_.capacity() + pieces_.capacity() * sizeof(TemplatePiece); }

    /// Makes room for exactly `pieces` pieces, so that memory stays bounded.
    void reserve(std::size_t pieces) { pieces_.reserve(pieces); }

    /// Appends a piece; used by restore.
    void append(const TemplatePiece &piece, std::string_view text);

private:
    [[nodiscard]] bool fixedWord(const TemplatePiece &piece) const;
    [[nodiscard]] bool isValue(std::size_t index) const;
    [[nodiscard]] bool isMark(std::size_t index, char c) const;
    void chunkSpans(std::size_t begin, std::size_t end, std::vector<TemplateSpan> &found) const;
    void quotedSpans(std::vector<TemplateSpan> &found) const;
    void hashSpans(std::vector<TemplateSpan> &found) const;

    std::string text_;
    std::vector<TemplatePiece> pieces_;
};

} // namespace prunella
