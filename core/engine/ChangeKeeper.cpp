#include "core/engine/ChangeKeeper.h"

#include <QUuid>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QLatin1StringView prefix("change/");
constexpr int longestVersion = 200;
constexpr qint64 oneDeploymentMs = 900'000; ///< so far apart may the announcement and what is seen of it be

EngineEvent eventOf(const ChangeRecord &change)
{
    return {change.at, changeEvent, {}, change.component, change.detail};
}

} // namespace

ChangeKeeper::ChangeKeeper(std::shared_ptr<const Clock> clock, QObject *parent, const ChangeWatch::Places &places)
    : QObject(parent), m_clock(clock), m_watch(std::move(clock), places, this)
{
    connect(&m_watch, &ChangeWatch::changed, this, &ChangeKeeper::take);
    connect(&m_watch, &ChangeWatch::problemChanged, this, &ChangeKeeper::problemChanged);
}

void ChangeKeeper::restore(const StoredState &state)
{
    QMap<QString, QString> memory;
    for (auto it = state.state.lowerBound(prefix); it != state.state.cend() && it.key().startsWith(prefix); ++it)
        memory.insert(it.key().mid(prefix.size()), it.value());
    m_watch.setMemory(memory);
    for (const ChangeRecord &change : state.recentChanges)
        keep(change);
}

void ChangeKeeper::setServices(const QList<ServiceConfig> &services)
{
    m_services.clear();
    for (const ServiceConfig &service : services)
        m_services.append(service.name);
    m_watch.setServices(services);
}

/// true: it was not known
bool ChangeKeeper::keep(const ChangeRecord &change)
{
    const auto known = std::find_if(m_recent.begin(), m_recent.end(), [&change](const ChangeRecord &other) { return other.id == change.id; });
    if (known != m_recent.end()) {
        *known = change;
        return false;
    }
    const auto place = std::upper_bound(m_recent.begin(), m_recent.end(), change.at, [](qint64 at, const ChangeRecord &other) { return at < other.at; });
    m_recent.insert(place, change);
    const qint64 since = m_clock->now().wallMs - recentMs;
    while (!m_recent.isEmpty() && (m_recent.size() > mostRecent || m_recent.first().at < since))
        m_recent.removeFirst();
    return true;
}

QList<ChangeRecord> ChangeKeeper::recent() const
{
    const qint64 since = m_clock->now().wallMs - recentMs;
    QList<ChangeRecord> list = m_recent;
    list.removeIf([since](const ChangeRecord &change) { return change.at < since; });
    return list;
}

void ChangeKeeper::take(const QList<ChangeRecord> &changes, const QMap<QString, QString> &memory)
{
    PipelineOutput output;
    output.transaction.changes = changes;
    for (auto it = memory.cbegin(); it != memory.cend(); ++it)
        output.transaction.state.insert(prefix + it.key(), it.value());
    for (const ChangeRecord &change : changes) {
        if (keep(change)) // renewed ones were told when they were new
            output.events.append(eventOf(change));
    }
    Q_EMIT due(output);
}

const ChangeRecord *ChangeKeeper::sameDeployment(const QString &service, const QString &to, bool announced, qint64 at) const
{
    const auto it = std::find_if(m_recent.crbegin(), m_recent.crend(), [&](const ChangeRecord &change) {
        return change.kind == ChangeKind::Deployment && change.component == service && change.to == to && change.by.isEmpty() != announced
            && std::abs(at - change.at) <= oneDeploymentMs;
    });
    return it == m_recent.crend() ? nullptr : &*it;
}

void ChangeKeeper::seen(const ChangeRecord &deployment)
{
    if (!sameDeployment(deployment.component, deployment.to, true, deployment.at))
        take({deployment}, {});
}

/// As far as it was announced within a day.
QString ChangeKeeper::versionOf(const QString &service) const
{
    const auto last = std::find_if(m_recent.crbegin(), m_recent.crend(), [&service](const ChangeRecord &change) {
        return change.kind == ChangeKind::Deployment && change.component == service;
    });
    return last == m_recent.crend() ? QString() : last->to;
}

PipelineOutput ChangeKeeper::announce(const Command &command, const Now &now)
{
    PipelineOutput out;
    const QString version = command.text.simplified(), given = command.from.simplified();
    const auto refuse = [&](ErrorCode code, const QString &text) {
        out.answer = CommandAnswer{command.id, false, code, text};
        return out;
    };
    if (!m_services.contains(command.target))
        return refuse(ErrorCode::NotFound, u"no service is called %1"_s.arg(command.target));
    if (version.isEmpty() || std::max(version.size(), given.size()) > longestVersion)
        return refuse(ErrorCode::Invalid, u"a version has 1 to %1 characters"_s.arg(longestVersion));
    const QString from = given.isEmpty() ? versionOf(command.target) : given;
    const QString versions = from.isEmpty() ? version : QString(from + u" -> "_s + version);
    const ChangeRecord *known = sameDeployment(command.target, version, false, now.wallMs); // seen before it was announced: one record
    const QString id = known ? known->id : QUuid::createUuid().toString(QUuid::WithoutBraces);
    const ChangeRecord change{id, ChangeKind::Deployment, command.target, command.target, from, version,
                              u"%1 was deployed: %2 (announced by %3)"_s.arg(command.target, versions, command.actor), command.actor, now.wallMs};
    keep(change);
    out.transaction.changes.append(change);
    out.transaction.audits.append({now.wallMs, command.actor, u"announce-deployment"_s, command.target, versions});
    out.events.append(eventOf(change));
    out.answer = CommandAnswer{command.id, true, ErrorCode::Invalid, u"noted: %1 was deployed, %2"_s.arg(command.target, versions)};
    return out;
}

} // namespace prunella
