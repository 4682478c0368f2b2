#include "core/diagnosis/Correlator.h"

#include "core/diagnosis/CorrelatorTies.h"

#include <algorithm>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

using namespace correlator;

constexpr double unlikely = 2;          // two faults at a time are two faults, unless something ties them
constexpr double wrongOrder = 6, ownFault = 6;
constexpr double further = 0.5;         // each tie beside the strongest
constexpr double sameTemplates = 1, sameLabels = 0.5;
constexpr qint64 minuteMs = 60'000, freshMs = 2 * minuteMs;

QString seconds(qint64 ms)
{
    return ms < minuteMs ? u"%1 s"_s.arg(double(ms) / 1000, 0, 'f', 1) : u"%1 min"_s.arg(double(ms) / minuteMs, 0, 'f', 0);
}

bool haveCommon(const QStringList &a, const QStringList &b)
{
    return std::any_of(a.begin(), a.end(), [&b](const QString &text) { return b.contains(text); });
}

bool haveCommonLabel(const Labels &a, const Labels &b)
{
    for (auto it = a.cbegin(); it != a.cend(); ++it) {
        if (it.key() != u"service" && it.key() != u"check" && b.value(it.key()) == it.value())
            return true;
    }
    return false;
}

qint64 startOf(const ErrorEvent &event)
{
    return event.startedWallMs != 0 ? std::min(event.startedWallMs, event.wallMs) : event.wallMs;
}

QString whenText(const QString &component, qint64 gapMs)
{
    return gapMs > 0 ? u"%1 failed %2 earlier"_s.arg(component, seconds(gapMs)) : u"%1 failed at the same time"_s.arg(component);
}

} // namespace

std::optional<Link> weigh(const ErrorEvent &event, const SymptomFacts &facts, qint64 slackMs, const CauseCandidate &candidate,
                          const CorrelationContext &context)
{
    const Incident &cause = *candidate.incident;
    if (!isOpen(cause) || isHint(cause.condition.kind))
        return {};
    auto ties = tiesOf({event, facts, candidate.facts, cause, context});
    if (ties.empty())
        return {};
    std::stable_sort(ties.begin(), ties.end(), [](const Tie &a, const Tie &b) { return a.weight > b.weight; });
    Link link{cause.id, ties.front().weight + further * double(ties.size() - 1) - unlikely, {}};
    const qint64 gap = startOf(event) - cause.startedAt;
    if (gap < -(slackMs + candidate.slackMs))
        link.weight -= wrongOrder;
    const qint64 sinceWorse = startOf(event) - std::max(cause.startedAt, cause.worseAt);
    if (ties.front().fades && sinceWorse > freshMs)
        link.weight -= double(sinceWorse - freshMs) / minuteMs;
    if (isOwnFault(event, facts, ties.front().kind))
        link.weight -= ownFault;
    if (haveCommon(facts.templates, candidate.facts.templates))
        link.weight += sameTemplates;
    if (haveCommonLabel(event.condition.series.labels, cause.condition.series.labels))
        link.weight += sameLabels;
    link.why = ties.front().text + u", and "_s + whenText(cause.component, gap);
    return link;
}

std::optional<Link> causeOf(const ErrorEvent &event, const SymptomFacts &facts, qint64 slackMs,
                            std::span<const CauseCandidate> candidates, const CorrelationContext &context)
{
    std::optional<Link> best;
    const Incident *of = nullptr;
    for (const CauseCandidate &candidate : candidates) {
        auto link = weigh(event, facts, slackMs, candidate, context);
        if (!link || link->weight <= 0)
            continue;
        const Incident &incident = *candidate.incident;
        const bool better = !best || link->weight > best->weight
            || (link->weight == best->weight
                && std::tie(incident.startedAt, incident.component, incident.id) < std::tie(of->startedAt, of->component, of->id));
        if (better) {
            best = std::move(link);
            of = &incident;
        }
    }
    return best;
}

} // namespace prunella
