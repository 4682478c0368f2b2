#include "core/diagnosis/Probing.h"

#include "core/diagnosis/FactLogic.h"
#include "core/diagnosis/Template.h"
#include "core/diagnosis/TreeWalk.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

struct Asked { ProbeOrder order; QString missing; };

/// The query with its placeholders filled.
Asked orderFor(const TreeQuery &query, const QString &component, const Evidence &evidence)
{
    Asked asked;
    asked.order.key = query.key;
    asked.order.type = query.type;
    asked.order.expectStatus = query.expectStatus;
    asked.order.timeoutMs = query.timeoutMs;
    const auto fill = [&](const QString &text) {
        const Filled filled = fillParameter(text, component, evidence);
        if (asked.missing.isEmpty())
            asked.missing = filled.missing;
        return filled.text;
    };
    asked.order.text = fill(query.text);
    for (const QString &argument : query.command)
        asked.order.command << fill(argument);
    return asked;
}

/// The facts of a condition that could still decide it.
void openFacts(const FactCondition &condition, const Evidence &evidence, QStringList &keys)
{
    if (holds(condition, evidence))
        return;
    if (!condition.fact.isEmpty() && !evidence.contains(condition.fact) && !keys.contains(condition.fact))
        keys << condition.fact;
    for (const FactCondition &child : condition.children)
        openFacts(child, evidence, keys);
}

/// The probes that could settle a question, up to the first answer that is true: one before it would be taken in its place.
/// Hints count only while nothing else can answer.
QStringList openFacts(const TreeQuestion &question, bool settled, const Evidence &evidence, const QSet<QString> &probes)
{
    QStringList keys;
    const auto onlyProbes = [&] { keys.removeIf([&](const QString &key) { return !probes.contains(key); }); };
    for (const TreeAnswer &answer : question.answers) {
        if (answer.when && holds(*answer.when, evidence).value_or(false)) {
            onlyProbes();
            return keys;
        }
        if (answer.when)
            openFacts(*answer.when, evidence, keys);
    }
    onlyProbes();
    for (int i = 0; i < question.hints.size() && keys.isEmpty() && !settled; ++i) {
        if (holds(question.hints[i].when, evidence).value_or(false))
            break;
        openFacts(question.hints[i].when, evidence, keys);
        onlyProbes();
    }
    return keys;
}

} // namespace

bool hasProbes(const DecisionTree &tree)
{
    return std::any_of(tree.queries.begin(), tree.queries.end(), [](const TreeQuery &q) { return q.kind == TreeQuery::Kind::Probe; });
}

QList<ProbeOrder> neededProbes(const DecisionTree &tree, const QString &component, const Evidence &evidence)
{
    QSet<QString> probes;
    QHash<QString, ProbeOrder> orders;
    for (const TreeQuery &query : tree.queries) {
        if (query.kind != TreeQuery::Kind::Probe || evidence.contains(query.key))
            continue;
        const Asked asked = orderFor(query, component, evidence);
        if (!asked.missing.isEmpty())
            continue;
        probes.insert(query.key);
        orders.insert(query.key, asked.order);
    }
    if (probes.isEmpty())
        return {};
    const TreeWalk walk(tree, evidence);
    for (const WalkStep &step : walk.steps()) {
        const bool settled = step.known && step.hint < 0; // then hints are not looked at
        const QStringList keys = openFacts(tree.questions[step.question], settled, evidence, probes);
        QList<ProbeOrder> needed;
        for (const QString &key : keys)
            needed << orders.value(key);
        if (!needed.isEmpty())
            return needed;
    }
    return {};
}

void settleUnaskable(Evidence &evidence, const DecisionTree &tree, const QString &component)
{
    for (const TreeQuery &query : tree.queries) {
        if (query.kind != TreeQuery::Kind::Probe || evidence.contains(query.key))
            continue;
        if (const Asked asked = orderFor(query, component, evidence); !asked.missing.isEmpty())
            evidence.insert(query.key, unknownFact(query.key + u" was not asked: "_s + asked.missing + u" is not known"_s));
    }
}

} // namespace prunella
