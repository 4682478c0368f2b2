#pragma once
// What the JSON files of this layer share: words of the enumerations that have no public table, times, absent values.
#include "core/base/Clock.h"
#include "core/model/Recovery.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

namespace prunella::json {

/// null instead of an empty text
[[nodiscard]] inline QJsonValue textOrNull(const QString &text)
{
    return text.isEmpty() ? QJsonValue(QJsonValue::Null) : QJsonValue(text);
}

/// ISO 8601, null for 0
[[nodiscard]] inline QJsonValue timeOrNull(qint64 wallMs)
{
    return textOrNull(isoTime(wallMs));
}

[[nodiscard]] inline qint64 timeOf(const QJsonValue &value)
{
    return fromIsoTime(value.toString());
}

[[nodiscard]] inline QJsonValue numberOrNull(const std::optional<double> &value)
{
    return value ? QJsonValue(*value) : QJsonValue(QJsonValue::Null);
}

[[nodiscard]] inline QStringList textsOf(const QJsonValue &value)
{
    QStringList texts;
    for (const QJsonValue &entry : value.toArray())
        texts << entry.toString();
    return texts;
}

/// The value of a public word; the given default when the word is missing or unknown.
template<typename E>
[[nodiscard]] E wordOf(const QJsonValue &value, E otherwise)
{
    return fromString<E>(value.toString()).value_or(otherwise);
}

/// Enumerations without a public table: found by comparing with the word of every value up to `last`.
template<typename E, typename Word>
[[nodiscard]] E searchWord(const QJsonValue &value, E last, E otherwise, Word word)
{
    const QString text = value.toString();
    for (int i = 0; i <= int(last); ++i) {
        if (word(E(i)) == text)
            return E(i);
    }
    return otherwise;
}

// JsonRequest.cpp
[[nodiscard]] QJsonArray approvalsJson(const QList<Approval> &approvals);
[[nodiscard]] QList<Approval> approvalsOf(const QJsonValue &value);
/// What an action changed, by which procedure, who agreed, and whether it was taken back.
void putTraces(QJsonObject &object, const RecoveryActionRecord &action);
void takeTraces(const QJsonObject &object, RecoveryActionRecord &action);

} // namespace prunella::json
