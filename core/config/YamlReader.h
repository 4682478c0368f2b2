#pragma once
// Declarative reading of one YAML map. A loader names each key once:
//
//     YamlReader recovery(node, u"recovery"_s, problems);
//     recovery.duration("settle"_L1, out.settleMs);
//     recovery.enumeration("mode"_L1, out.mode);
//     recovery.map("backoff"_L1, [&](YamlReader &backoff) { backoff.number("factor"_L1, out.factor, {1, 10}); });
//
// A wrong value is recorded as a problem with its place and leaves the target as it was; so does an absent or null one,
// without a problem. Keys that nobody asked for are reported when the reader goes out of scope.
#include "core/config/YamlNode.h"
#include "core/config/YamlScalar.h"
#include "core/model/Enums.h"

#include <QMap>
#include <functional>

namespace prunella {

class YamlReader
{
public:
    /// `path` is the dotted key of this map, empty for a file's top. A node that is neither map nor null is a problem.
    YamlReader(YamlNodePtr node, QString path, QList<ConfigProblem> &problems);
    ~YamlReader();
    Q_DISABLE_COPY_MOVE(YamlReader)

    // Each returns whether the key is there with a good value. `out` may be a std::optional of the type as well.
    template<typename Out> bool number(QLatin1StringView key, Out &out, Range range = {}) { return put(out, readNumber(key, range)); }
    template<typename Out> bool integer(QLatin1StringView key, Out &out, Range range = {}) { return put(out, readInteger(key, range)); }
    template<typename Out> bool boolean(QLatin1StringView key, Out &out) { return put(out, readBoolean(key)); }
    template<typename Out> bool text(QLatin1StringView key, Out &out) { return put(out, readText(key)); }
    /// Milliseconds.
    template<typename Out> bool duration(QLatin1StringView key, Out &out, Range range = {0, kLongestDurationMs}) { return put(out, readDuration(key, range)); }
    /// Bytes.
    template<typename Out> bool size(QLatin1StringView key, Out &out, Range range = {0, 1e15}) { return put(out, readSize(key, range)); }
    template<typename Out> bool percent(QLatin1StringView key, Out &out) { return put(out, readPercent(key)); }
    /// One of the public words of an enumeration.
    template<typename E> bool enumeration(QLatin1StringView key, E &out)
    {
        const std::optional<QString> word = readChoice(key, words<E>());
        return word && put(out, fromString<E>(*word));
    }
    template<typename Out> bool choice(QLatin1StringView key, Out &out, const QStringList &allowed) { return put(out, readChoice(key, allowed)); }

    bool texts(QLatin1StringView key, QStringList &out);               ///< a list of scalars
    bool textMap(QLatin1StringView key, QMap<QString, QString> &out);  ///< a map of scalars, any keys
    bool numberMap(QLatin1StringView key, QMap<QString, double> &out, Range range = {});

    using Body = std::function<void(YamlReader &)>;
    using NamedBody = std::function<void(const QString &name, YamlReader &)>;
    bool map(QLatin1StringView key, const Body &body);       ///< a map below the key; body is not called when absent
    bool list(QLatin1StringView key, const Body &body);      ///< body for each map of a list
    bool maps(QLatin1StringView key, const NamedBody &body); ///< body for each map of a map with any keys

    /// Present and not null. Does not make the key known.
    [[nodiscard]] bool has(QLatin1StringView key) const;
    /// A problem when the key is absent or null: "missing, expected WHAT". Makes it known.
    bool require(QLatin1StringView key, const QString &what);
    /// The value as it stands, null when absent or null. Makes the key known.
    YamlNodePtr node(QLatin1StringView key);
    /// Known here, read elsewhere.
    void ignore(QLatin1StringView key) { (void)node(key); }
    /// Accepts whatever stands there and says that this version does not act on it.
    void notYet(QLatin1StringView key);
    /// Every key is fine: the unknown-key check is off.
    void acceptAnyKey() { m_anyKey = true; }

    /// Records a problem at the key's value (at the map when the key is absent).
    void problem(QLatin1StringView key, const QString &text, ProblemLevel level = ProblemLevel::Error);
    /// Records a problem of the whole map.
    void problem(const QString &text, ProblemLevel level = ProblemLevel::Error);

    [[nodiscard]] QString pathOf(QStringView key) const;
    [[nodiscard]] const QString &path() const { return m_path; }
    [[nodiscard]] const YamlPosition &at() const { return m_node->at; }
    [[nodiscard]] const YamlNodePtr &self() const { return m_node; }

private:
    template<typename Out, typename Value>
    static bool put(Out &out, const std::optional<Value> &value)
    {
        if (value)
            out = *value;
        return value.has_value();
    }
    using Parse = std::optional<double> (*)(const QString &);
    std::optional<double> readBounded(QLatin1StringView key, Range range, Parse parse, const QString &what, QString (*write)(double));
    std::optional<double> readNumber(QLatin1StringView key, Range range);
    std::optional<int> readInteger(QLatin1StringView key, Range range);
    std::optional<bool> readBoolean(QLatin1StringView key);
    std::optional<QString> readText(QLatin1StringView key);
    std::optional<qint64> readDuration(QLatin1StringView key, Range range);
    std::optional<qint64> readSize(QLatin1StringView key, Range range);
    std::optional<double> readPercent(QLatin1StringView key);
    std::optional<QString> readChoice(QLatin1StringView key, const QStringList &allowed);
    const YamlEntry *find(QLatin1StringView key);
    void add(const YamlPosition &at, const QString &key, const QString &text, ProblemLevel level = ProblemLevel::Error);

    YamlNodePtr m_node;
    QString m_path;
    QList<ConfigProblem> &m_problems;
    QStringList m_known;
    bool m_anyKey = false;
};

/// What names a list's entry: its `name`, else its `metric` with its labels ("disk_usage,path=/"), else nothing.
[[nodiscard]] QString entryName(const YamlNode &entry);

} // namespace prunella
