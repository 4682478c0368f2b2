#include "core/diagnosis/CauseSentences.h"

#include "core/model/Sentences.h"

#include <algorithm>
#include <cmath>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

constexpr double symptomFrom = 0.2;   // strength from which words call it one
constexpr qsizetype namesAtMost = 3;

QString number(double value) { return QString::number(value, 'g', 4); }
QString percent(double share) { return u"%1 %"_s.arg(std::round(share * 100)); }

double sufferingOf(const Suspect &s)
{
    double most = 0;
    for (const Symptom &symptom : s.symptoms.all)
        most = std::max(most, symptom.weight * symptom.strength);
    return most;
}

/// The first few names of some nodes, the most suffering first.
QString names(std::vector<int> nodes, const CauseInput &input, const SuspectList &list)
{
    const auto shown = std::min<std::size_t>(nodes.size(), std::size_t(namesAtMost));
    std::partial_sort(nodes.begin(), nodes.begin() + std::ptrdiff_t(shown), nodes.end(), [&](int a, int b) {
        const double first = sufferingOf(list.suspects[std::size_t(a)]), second = sufferingOf(list.suspects[std::size_t(b)]);
        return first != second ? first > second : input.nodes[a] < input.nodes[b];
    });
    QStringList words;
    for (std::size_t i = 0; i < shown; ++i)
        words.append(input.nodes[nodes[i]]);
    const auto more = qsizetype(nodes.size()) - words.size();
    return words.join(u", "_s) + (more > 0 ? u" and %1 more"_s.arg(more) : QString());
}

QString seriesName(const CauseSeries &series)
{
    return series.statistic.isEmpty() ? series.metric : QString(series.metric + u' ' + series.statistic);
}

QString symptomSentence(const Symptom &symptom, const CauseInput &input)
{
    const SeriesDeviation &d = symptom.deviation;
    const QString name = seriesName(input.series[std::size_t(symptom.series)]);
    if (symptom.strength < symptomFrom)
        return u"%1 is quiet: normally %2, before the alarm no better than %3, at most %4 times its spread off"_s.arg(name, number(d.normal), number(d.base), number(d.z));
    const double since = d.onset - input.alarm.at;
    const QString when = u"%1 %2 the alarm"_s.arg(durationText(qint64(std::abs(since) * 1000)), since < 0 ? u"before"_s : u"after"_s);
    return u"%1 %2 from %3 to %4, %5 times its spread, from %6 on"_s.arg(name, d.sign > 0 ? u"rose"_s : u"fell"_s, number(d.base),
                                                                        number(d.incident), number(d.z), when);
}

QString calleesSentence(int node, const CauseInput &input, const CallGraph &graph, const SuspectList &list)
{
    const Suspect &s = list.suspects[std::size_t(node)];
    std::vector<int> quiet, suffering;
    for (const int callee : graph.callees(node)) {
        const Suspect &other = list.suspects[std::size_t(callee)];
        if (!other.blind())
            (sufferingOf(other) < symptomFrom ? quiet : suffering).push_back(callee);
    }
    if (!suffering.empty())
        return u"what it calls explains %1 of that: %2"_s.arg(percent(s.explained), names(suffering, input, list));
    return quiet.empty() ? QString() : u"what it calls is quiet: %1"_s.arg(names(quiet, input, list));
}

QString callersSentence(int node, const CauseInput &input, const CallGraph &graph, const SuspectList &list)
{
    std::vector<int> suffering;
    for (const int caller : graph.callers(node)) {
        if (sufferingOf(list.suspects[std::size_t(caller)]) >= symptomFrom)
            suffering.push_back(caller);
    }
    if (suffering.empty())
        return {};
    return u"%1 of its %2 callers suffer, too: %3"_s.arg(suffering.size()).arg(graph.callers(node).size()).arg(names(suffering, input, list));
}

QString pathSentence(int node, const CauseInput &input, const SuspectList &list)
{
    if (!knowsAlarmNode(input))
        return {};
    if (node == input.alarm.node)
        return u"the alarm came from it"_s;
    if (list.paths.length[std::size_t(node)] < 0)
        return u"%1 does not call it, not even through others"_s.arg(input.nodes[input.alarm.node]);
    QStringList words{input.nodes[node]};
    for (int at = list.paths.from[std::size_t(node)]; at >= 0; at = list.paths.from[std::size_t(at)])
        words.prepend(input.nodes[at]);
    return u"on the path %1"_s.arg(words.join(u" -> "_s));
}

} // namespace

QStringList causeSentences(int node, const CauseInput &input, const CallGraph &graph, const SuspectList &list)
{
    const Suspect &s = list.suspects[std::size_t(node)];
    QStringList sentences;
    if (s.blind() && node != input.alarm.node)
        sentences.append(u"nothing but its callers tells of it: no metric was measured in the window"_s);
    else if (const Symptom *symptom = s.symptoms.of(s.kind); symptom && symptom->series >= 0) {
        sentences.append(symptomSentence(*symptom, input));
        if (symptom->strength >= symptomFrom) {
            if (symptom->impact >= 0)
                sentences.append(u"over all its requests that is %1 of what the incident cost"_s.arg(percent(s.share)));
            sentences.append(calleesSentence(node, input, graph, list));
        }
    }
    if (!s.symptoms.called)
        sentences.append(u"it is not called: no requests, now or in the normal period"_s);
    sentences.append(callersSentence(node, input, graph, list));
    sentences.append(pathSentence(node, input, list));
    sentences.removeAll(QString());
    return sentences;
}

} // namespace prunella
