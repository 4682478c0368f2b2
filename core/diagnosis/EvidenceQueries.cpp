// The question forms that are counted in what was seen: log, events, change.
#include "core/diagnosis/EvidenceParts.h"
#include "core/diagnosis/Template.h"
#include "core/model/Sentences.h"

#include <QRegularExpression>

namespace prunella::evidence {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostShown = 160; // of a log line in a sentence

/// A template of the miner as an expression: "<*>" is whatever stood there, spaces are any.
QString expressionOf(const QString &text)
{
    QStringList parts;
    for (const QString &part : text.split(u"<*>"_s)) {
        QStringList words;
        for (const QString &word : part.split(u' '))
            words << QRegularExpression::escape(word);
        parts << words.join(u"\\s+"_s);
    }
    return parts.join(u".+?"_s);
}

/// `{fact}` in an expression is the fact's value, taken literally.
Filled expression(const TreeQuery &query, const EvidenceInput &input, const Evidence &evidence)
{
    static const QRegularExpression braces(u"\\{([a-z][a-z0-9_.]*)\\}"_s);
    Filled filled{query.text, {}};
    for (auto it = braces.globalMatch(query.text); it.hasNext();) {
        const QString name = it.next().captured(1);
        if (!isKnownFact(name))
            continue;
        const Filled one = fillParameter(u'{' + name + u'}', input.condition.component, evidence);
        if (!one.missing.isEmpty())
            return one;
        filled.text.replace(QString(u'{' + name + u'}'), query.kind == TreeQuery::Kind::Log ? QRegularExpression::escape(one.text) : one.text);
    }
    if (query.kind == TreeQuery::Kind::LogTemplate)
        filled.text = expressionOf(filled.text);
    return filled;
}

QString counted(qsizetype count, const QString &one, const QString &many)
{
    return count == 0 ? u"no "_s + one : QStringLiteral("%1 %2").arg(count).arg(count == 1 ? one : many);
}

Fact countLines(const TreeQuery &query, const EvidenceInput &input, const Evidence &evidence)
{
    if (!input.lines)
        return unknownFact(input.condition.component + u" has no log source"_s, input.now.wallMs);
    const Filled filled = expression(query, input, evidence);
    if (!filled.missing.isEmpty())
        return unknownFact(filled.missing + u" is not known, so the log was not searched"_s, input.now.wallMs);
    const QRegularExpression pattern(u"(*LIMIT_MATCH=200000)"_s + filled.text); // bounds expressions that take exponential time
    const qint64 from = startOf(input) - query.withinMs;
    qsizetype count = 0;
    const LogLine *newest = nullptr;
    for (const LogLine &line : *input.lines) {
        if (line.wallMs < from || !pattern.match(QString::fromUtf8(line.text)).hasMatch())
            continue;
        ++count;
        newest = &line;
    }
    QString text = counted(count, u"log line"_s, u"log lines"_s) + u" with "_s + query.text;
    if (newest)
        text += u", the last: "_s + QString::fromUtf8(newest->text.simplified()).left(mostShown);
    return {double(count), text, newest ? newest->wallMs : input.now.wallMs};
}

/// Nobody knows what depends on what, so nobody knows whose events are meant.
bool lacksTopology(const TreeQuery &query, const EvidenceInput &input)
{
    return !input.topology && (query.of == u"dependency"_s || query.of == u"dependent"_s);
}

Fact countEvents(const TreeQuery &query, const EvidenceInput &input)
{
    if (lacksTopology(query, input))
        return unknownFact(u"what depends on what is not known"_s, input.now.wallMs);
    const auto components = componentsOf(input, query.of);
    const qint64 from = startOf(input) - query.withinMs;
    qsizetype count = 0;
    const ErrorEvent *newest = nullptr;
    for (const ErrorEvent &event : input.events) {
        const bool ofThese = !components || components->contains(event.condition.component);
        if (!ofThese || event.wallMs < from || (query.type != u"any"_s && query.type != toString(event.type)))
            continue;
        ++count;
        newest = &event;
    }
    const QString word = query.type == u"any"_s ? u"error event"_s : query.type + u" event"_s;
    QString text = counted(count, word, word + u's') + u" of "_s + (query.of == u"component"_s ? input.condition.component : query.of);
    if (newest)
        text += u", the last on "_s + newest->condition.component + u": "_s + newest->reason;
    return {double(count), text, newest ? newest->wallMs : input.now.wallMs};
}

Fact countChanges(const TreeQuery &query, const EvidenceInput &input)
{
    if (lacksTopology(query, input))
        return unknownFact(u"what depends on what is not known"_s, input.now.wallMs);
    if (!input.changes)
        return unknownFact(u"changes are not watched"_s, input.now.wallMs);
    const auto components = componentsOf(input, query.of);
    const qint64 to = startOf(input), from = to - query.withinMs;
    qsizetype count = 0;
    const ChangeRecord *newest = nullptr;
    for (const ChangeRecord &change : *input.changes) {
        const QString component = change.component.isEmpty() ? u"host"_s : change.component;
        const bool ofThese = !components || components->contains(component);
        if (!ofThese || change.at < from || change.at > to || (query.type != u"any"_s && query.type != wordOf(change.kind)))
            continue;
        ++count;
        newest = !newest || change.at >= newest->at ? &change : newest;
    }
    const QString window = durationText(query.withinMs);
    if (!newest)
        return {0.0, u"nothing of that kind was changed within "_s + window + u" before"_s, input.now.wallMs};
    return {double(count), newest->detail.isEmpty() ? newest->subject + u" changed"_s : newest->detail, newest->at};
}

} // namespace

void addQueries(Evidence &evidence, const EvidenceInput &input, const QList<TreeQuery> &queries)
{
    for (const TreeQuery &query : queries) {
        switch (query.kind) {
        case TreeQuery::Kind::Log:
        case TreeQuery::Kind::LogTemplate:
            evidence.insert(query.key, countLines(query, input, evidence));
            break;
        case TreeQuery::Kind::Events:
            evidence.insert(query.key, countEvents(query, input));
            break;
        case TreeQuery::Kind::Change:
            evidence.insert(query.key, countChanges(query, input));
            break;
        case TreeQuery::Kind::Probe:
            break;
        }
    }
}

} // namespace prunella::evidence
