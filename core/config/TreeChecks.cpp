#include "core/config/TreeChecks.h"

#include "core/config/YamlScalar.h"
#include "core/model/Facts.h"

#include <QSet>

#include <cmath>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

ConfigProblem problem(const TreePlace &place, const QString &text, ProblemLevel level = ProblemLevel::Error)
{
    return {level, place.at.file, place.at.line, place.at.column, place.key, text};
}

QString nearest(const QString &word, const QStringList &known)
{
    const QString best = nearestWord(word, known);
    return best.isEmpty() ? QString() : QString(u", the nearest known one is \""_s + best + u'"');
}

void checkIds(const TreePlaces &places, QList<ConfigProblem> &problems)
{
    QSet<QString> seen;
    for (const TreePlace &place : places.defined) {
        if (seen.contains(place.id))
            problems << problem(place, u"\""_s + place.id + u"\" is a question and a cause; expected an id of its own"_s);
        seen.insert(place.id);
    }
}

/// Every question and every cause is pointed at exactly once: then it is a tree, and nothing in it is unreachable.
void checkReferences(const TreePlaces &places, QList<ConfigProblem> &problems)
{
    QStringList ids;
    for (const TreePlace &place : places.defined)
        ids << place.id;
    QSet<QString> pointedAt;
    for (const TreePlace &place : places.references) {
        if (!ids.contains(place.id))
            problems << problem(place, u"there is no question or cause \""_s + place.id + u'"' + nearest(place.id, ids));
        else if (pointedAt.contains(place.id))
            problems << problem(place, u"\""_s + place.id + u"\" is reached a second time; expected one way to each question and cause"_s);
        pointedAt.insert(place.id);
    }
}

void markReachable(const DecisionTree &tree, const QString &id, QSet<QString> &reached)
{
    if (reached.contains(id))
        return;
    reached.insert(id);
    for (const TreeQuestion &question : tree.questions) {
        if (question.id != id)
            continue;
        for (const TreeAnswer &answer : question.answers)
            markReachable(tree, answer.then, reached);
    }
}

void checkReachable(const DecisionTree &tree, const TreePlaces &places, QList<ConfigProblem> &problems)
{
    QSet<QString> reached;
    markReachable(tree, tree.first, reached);
    for (const TreePlace &place : places.defined) {
        if (!reached.contains(place.id))
            problems << problem(place, u"\""_s + place.id + u"\" cannot be reached from the first question; point a `then` at it or remove it"_s);
    }
}

void checkPriors(const DecisionTree &tree, const TreePlaces &places, QList<ConfigProblem> &problems)
{
    double sum = 0;
    for (const TreeCause &cause : tree.causes)
        sum += cause.prior;
    if (std::abs(sum - 1) > 0.01)
        problems << problem(places.causes, u"the priors sum to "_s + writeNumber(std::round(sum * 1000) / 1000) + u", expected 1"_s);
}

void checkFacts(const TreePlaces &places, QList<ConfigProblem> &problems)
{
    for (const TreePlace &place : places.facts) {
        if (!isKnownFact(place.id))
            problems << problem(place, u"no fact is ever named \""_s + place.id + u'"' + nearest(place.id, knownFacts()), ProblemLevel::Warning);
    }
}

QString placeholderProblem(const QString &placeholder)
{
    const QString format = placeholder.section(u':', 1);
    if (!format.isEmpty() && format != u"signal"_s && format != u"text"_s)
        return u"{"_s + placeholder + u"}: unknown format \""_s + format + u"\", expected signal or text"_s;
    const QStringList keys = placeholder.section(u':', 0, 0).split(u'|');
    for (const QString &key : keys) {
        if (!isKnownFact(key) && !isProbeName(key))
            return u"{"_s + placeholder + u"}: no fact is ever named \""_s + key + u'"' + nearest(key, knownFacts());
    }
    return {};
}

} // namespace

QString templateProblem(const QString &text)
{
    qsizetype brace = -1;
    bool inBrackets = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        if (c == u'{' && brace >= 0)
            return u"{ inside { }"_s;
        if (c == u'}' && brace < 0)
            return u"} without {"_s;
        if (c == u'}') {
            if (const QString wrong = placeholderProblem(text.mid(brace + 1, i - brace - 1)); !wrong.isEmpty())
                return wrong;
        }
        if (c == u'{' || c == u'}')
            brace = c == u'{' ? i : -1;
        if ((c == u'[' && inBrackets) || (c == u']' && !inBrackets))
            return c == u'[' ? u"[ inside [ ]"_s : u"] without ["_s;
        if (c == u'[' || c == u']')
            inBrackets = c == u'[';
    }
    if (brace >= 0)
        return u"{ without }"_s;
    return inBrackets ? u"[ without ]"_s : QString();
}

QList<ConfigProblem> checkTree(const DecisionTree &tree, const TreePlaces &places)
{
    QList<ConfigProblem> problems;
    checkIds(places, problems);
    checkReferences(places, problems);
    const bool loose = !problems.isEmpty(); // a wrong `then` makes others unreachable: one mistake, one message
    if (!loose && !tree.first.isEmpty())
        checkReachable(tree, places, problems);
    checkPriors(tree, places, problems);
    checkFacts(places, problems);
    return problems;
}

} // namespace prunella
