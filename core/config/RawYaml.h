#pragma once
// Where in the raw bytes of a YAML file each value stands. An own scanner, because the library's marks miss BOM and CR and
// give an alias's anchor. It reads files that the parser has already accepted; the editor checks its work with the parser.
#include <QByteArray>
#include <QList>
#include <memory>
#include <optional>

namespace prunella {

struct RawNode;
using RawNodePtr = std::shared_ptr<RawNode>;

struct RawEntry {
    QByteArray key;             ///< empty in a list
    qsizetype begin = 0;        ///< of the key, or of the list's value
    qsizetype end = 0;          ///< just behind the colon (or the bare key)
    RawNodePtr value;
};

struct RawNode {
    enum class Kind { Null, Scalar, List, Map, Alias };
    Kind kind = Kind::Null;
    qsizetype begin = 0, end = 0; ///< bytes, quotes and brackets included; equal for what is not written
    qsizetype column = 0;       ///< block map and list: how far its keys or dashes are indented
    bool flow = false;          ///< { } or [ ]
    char quote = 0;             ///< Scalar: ' or " or | for a block scalar, 0 for a plain one
    QByteArray name;            ///< of the alias, or of the anchor that stands before the value
    QList<RawEntry> entries;

    [[nodiscard]] const RawEntry *find(const QByteArray &key) const
    {
        for (const RawEntry &entry : entries) {
            if (kind == Kind::Map && entry.key == key)
                return &entry;
        }
        return nullptr;
    }
};

/// Nothing when the file has something that this scanner does not know (a key marked with `?`).
[[nodiscard]] RawNodePtr scanYaml(const QByteArray &bytes);

/// Where a quote begins that is never closed: the library takes the rest of the file for its text, silently.
[[nodiscard]] std::optional<qsizetype> unclosedQuote(const QByteArray &bytes);

/// The text of a scalar without quotes. Escapes other than '' are left as they are.
[[nodiscard]] QByteArray rawText(const QByteArray &bytes, const RawNode &node);

} // namespace prunella
