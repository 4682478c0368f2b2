#include "core/diagnosis/FactLogic.h"

#include "core/base/Clock.h"
#include "core/model/Sentences.h"

#include <cmath>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

using Kind = FactCondition::Kind;

bool isText(const QVariant &value) { return value.typeId() == QMetaType::QString; }
bool isBool(const QVariant &value) { return value.typeId() == QMetaType::Bool; }

/// Numbers by value, whatever type carries them; text exactly; a truth only with a truth.
bool same(const QVariant &a, const QVariant &b)
{
    if (isText(a) || isText(b))
        return isText(a) && isText(b) && a.toString() == b.toString();
    if (isBool(a) || isBool(b))
        return isBool(a) && isBool(b) && a.toBool() == b.toBool();
    return a.toDouble() == b.toDouble();
}

std::optional<bool> compared(const FactCondition &condition, const QVariant &value)
{
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    if (!isNumber || isBool(value) || std::isnan(number))
        return std::nullopt; // a word cannot be over a limit: nothing is known by this
    switch (condition.kind) {
    case Kind::Above: return number > condition.number;
    case Kind::AtLeast: return number >= condition.number;
    case Kind::Below: return number < condition.number;
    default: return number <= condition.number;
    }
}

std::optional<bool> tested(const FactCondition &condition, const Evidence &evidence)
{
    const auto fact = evidence.constFind(condition.fact);
    const bool known = fact != evidence.cend() && fact->value.isValid();
    if (condition.kind == Kind::Exists || condition.kind == Kind::Missing)
        return known == (condition.kind == Kind::Exists);
    if (!known)
        return std::nullopt;
    const QVariant &value = fact->value;
    const auto equalsOne = [&] {
        return std::any_of(condition.values.begin(), condition.values.end(), [&](const QVariant &v) { return same(v, value); });
    };
    switch (condition.kind) {
    case Kind::Equals:
    case Kind::In: return equalsOne();
    case Kind::NotEquals: return !equalsOne();
    case Kind::Matches: return condition.pattern.match(factValueText(value)).hasMatch();
    default: return compared(condition, value);
    }
}

/// all: one false decides; any: one true decides; else one unknown leaves it unknown.
std::optional<bool> combined(const FactCondition &condition, const Evidence &evidence)
{
    const bool decisive = condition.kind == Kind::Any;
    bool unknown = false;
    for (const FactCondition &child : condition.children) {
        const std::optional<bool> result = holds(child, evidence);
        if (result && *result == decisive)
            return decisive;
        unknown |= !result;
    }
    return unknown ? std::nullopt : std::optional(!decisive);
}

void collect(const FactCondition &condition, QStringList &keys)
{
    if (!condition.fact.isEmpty() && !keys.contains(condition.fact))
        keys << condition.fact;
    for (const FactCondition &child : condition.children)
        collect(child, keys);
}

} // namespace

std::optional<bool> holds(const FactCondition &condition, const Evidence &evidence)
{
    if (condition.kind == Kind::Not) {
        const std::optional<bool> inner = condition.children.isEmpty() ? std::nullopt : holds(condition.children.first(), evidence);
        return inner ? std::optional(!*inner) : std::nullopt;
    }
    if (condition.kind == Kind::All || condition.kind == Kind::Any)
        return combined(condition, evidence);
    return tested(condition, evidence);
}

QStringList factsOf(const FactCondition &condition)
{
    QStringList keys;
    collect(condition, keys);
    return keys;
}

QString factValueText(const QVariant &value)
{
    if (isBool(value))
        return value.toBool() ? u"true"_s : u"false"_s;
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    return isNumber && !isText(value) ? valueText(number, QString()) : value.toString();
}

QString evidenceText(const QString &key, const Fact &fact)
{
    const QString text = fact.text.isEmpty() ? QString(key + u" = "_s + factValueText(fact.value)) : fact.text;
    if (fact.wallMs <= 0)
        return text;
    return text + u" ("_s + isoTime(fact.wallMs).mid(11, 8) + u" UTC)"_s;
}

} // namespace prunella
