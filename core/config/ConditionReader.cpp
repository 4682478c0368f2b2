#include "core/config/ConditionReader.h"

#include "core/config/TreeQueryReader.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

using Kind = FactCondition::Kind;

struct Operator { QLatin1StringView key; Kind kind; };
constexpr Operator comparisons[]{{"above"_L1, Kind::Above}, {"at_least"_L1, Kind::AtLeast},
                                 {"below"_L1, Kind::Below}, {"at_most"_L1, Kind::AtMost}};

QVariant valueOf(const QString &text)
{
    if (text == "true"_L1 || text == "false"_L1)
        return text == "true"_L1;
    const std::optional<double> number = parseNumber(text);
    return number ? QVariant(*number) : QVariant(text);
}

bool readIn(YamlReader &reader, FactCondition &condition)
{
    QStringList texts;
    if (!reader.texts("in"_L1, texts))
        return false;
    condition.kind = Kind::In;
    for (const QString &text : std::as_const(texts))
        condition.values << valueOf(text);
    return true;
}

bool readPattern(YamlReader &reader, FactCondition &condition)
{
    QString text;
    if (!reader.text("matches"_L1, text))
        return false;
    condition.kind = Kind::Matches;
    condition.pattern = QRegularExpression(text);
    if (!condition.pattern.isValid())
        reader.problem("matches"_L1, u"is no regular expression: "_s + condition.pattern.errorString());
    return true;
}

void readTest(YamlReader &reader, FactCondition &condition)
{
    int found = 0;
    bool exists = true;
    if (reader.boolean("exists"_L1, exists)) {
        ++found;
        condition.kind = exists ? Kind::Exists : Kind::Missing;
    }
    for (const Operator &op : comparisons) {
        if (reader.number(op.key, condition.number)) {
            ++found;
            condition.kind = op.kind;
        }
    }
    for (const Operator &op : {Operator{"equals"_L1, Kind::Equals}, Operator{"not_equals"_L1, Kind::NotEquals}}) {
        QString text;
        if (reader.text(op.key, text)) {
            ++found;
            condition.kind = op.kind;
            condition.values = {valueOf(text)};
        }
    }
    found += readIn(reader, condition) ? 1 : 0;
    found += readPattern(reader, condition) ? 1 : 0;
    if (found != 1)
        reader.problem(u"expected exactly one test: equals, not_equals, in, above, at_least, below, at_most, matches or exists"_s);
}

/// What is tested: a plain fact, or the answer of a question form.
void readSubject(YamlReader &reader, QLatin1StringView form, FactCondition &condition, ConditionNotes &notes)
{
    if (form.isEmpty()) {
        reader.text("fact"_L1, condition.fact);
        notes.facts << TreePlace{condition.fact, reader.pathOf(u"fact"), reader.node("fact"_L1)->at};
        return;
    }
    const TreeQuery query = readQuery(reader, form);
    condition.fact = query.key;
    const auto same = std::find_if(notes.queries.begin(), notes.queries.end(), [&](const TreeQuery &q) { return q.key == query.key; });
    if (same == notes.queries.end())
        notes.queries << query;
    else // asked once, with the more patient of both
        same->timeoutMs = std::max(same->timeoutMs, query.timeoutMs);
}

} // namespace

FactCondition readCondition(YamlReader &reader, ConditionNotes &notes)
{
    FactCondition condition;
    int found = 0;
    for (const auto &[key, kind] : {Operator{"all"_L1, Kind::All}, Operator{"any"_L1, Kind::Any}}) {
        if (!reader.has(key))
            continue;
        ++found;
        condition.kind = kind;
        reader.list(key, [&](YamlReader &child) { condition.children << readCondition(child, notes); });
    }
    if (reader.has("not"_L1)) {
        ++found;
        condition.kind = Kind::Not;
        reader.map("not"_L1, [&](YamlReader &child) { condition.children << readCondition(child, notes); });
    }
    const QList<QLatin1StringView> forms = queryFormsIn(reader);
    found += int(reader.has("fact"_L1)) + int(forms.size());
    if (reader.has("fact"_L1) || !forms.isEmpty()) {
        readSubject(reader, forms.value(0), condition, notes);
        readTest(reader, condition);
    }
    for (const QLatin1StringView key : {"all"_L1, "any"_L1, "not"_L1, "fact"_L1, "log"_L1, "events"_L1, "change"_L1, "probe"_L1})
        reader.ignore(key); // known, so that a misspelt key is told its neighbour
    if (found != 1)
        reader.problem(u"expected exactly one of all, any, not, fact, "_s + queryForms().join(u", "_s));
    return condition;
}

QString unknownWord(const QString &kind, const QString &word, const QStringList &known)
{
    const QString nearest = nearestWord(word, known);
    return u"unknown "_s + kind + u" \""_s + word + u"\", "_s
        + (nearest.isEmpty() ? QString(u"expected one of "_s + known.join(u", "_s)) : QString(u"the nearest known one is \""_s + nearest + u'"'));
}

} // namespace prunella
