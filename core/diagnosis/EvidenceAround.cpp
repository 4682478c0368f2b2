// What stands around the component: where its check looks, what depends on what, what was changed, what helped before.
#include "core/diagnosis/EvidenceParts.h"

#include <QUrl>

namespace prunella::evidence {

using namespace Qt::StringLiterals;

namespace {

QString hostPort(const QUrl &url)
{
    const QString host = url.host().contains(u':') ? QString(u'[' + url.host() + u']') : url.host();
    return host + u':' + QString::number(url.port(url.scheme() == u"https"_s ? 443 : 80));
}

QString hostOf(const QString &address)
{
    QString host = address.section(u':', 0, -2);
    return host.startsWith(u'[') ? host.mid(1).chopped(1) : host;
}

/// A service of the configuration: what else is seen ("disk:/var", "unit:cron.service", "peer:10.0.0.5:80") has a kind before it.
bool isComponent(const QString &node)
{
    constexpr QLatin1StringView kinds[]{"disk:"_L1, "container:"_L1, "unit:"_L1, "process:"_L1, "peer:"_L1};
    return std::none_of(std::begin(kinds), std::end(kinds), [&](QLatin1StringView kind) { return node.startsWith(kind); });
}

constexpr qint64 minuteMs = 60'000, dayMs = 86'400'000;

} // namespace

QString wordOf(ChangeKind kind)
{
    switch (kind) {
    case ChangeKind::Deployment: return u"deployment"_s;
    case ChangeKind::ConfigFile: return u"config_file"_s;
    case ChangeKind::Package: return u"package"_s;
    case ChangeKind::Kernel: return u"kernel"_s;
    }
    return {};
}

void addCheckAddress(Evidence &evidence, const EvidenceInput &input, const CheckResult &check)
{
    if (check.index < 0 || check.index >= input.health.size())
        return;
    const HealthCheckConfig &config = input.health[check.index];
    QString address = config.address;
    if (config.type == CheckType::Http) {
        const QUrl url(config.url);
        address = url.host().isEmpty() ? QString() : hostPort(url);
        add(evidence, u"check.url"_s, config.url, u"it asks "_s + url.toDisplayString(QUrl::RemoveUserInfo));
    }
    if (address.isEmpty())
        return;
    add(evidence, u"check.address"_s, address, u"it connects to "_s + address);
    add(evidence, u"check.host"_s, hostOf(address), u"its host is "_s + hostOf(address));
}

QStringList dependenciesOf(const Topology &topology, const QString &component)
{
    QStringList names;
    for (const TopologyEdge &edge : topology.edges) {
        if (edge.from == component && isNeed(edge.kind) && isComponent(edge.to))
            names << edge.to;
    }
    names.removeDuplicates();
    return names;
}

QStringList dependentsOf(const Topology &topology, const QString &component)
{
    QStringList names;
    for (const TopologyEdge &edge : topology.edges) {
        if (edge.to == component && isNeed(edge.kind) && isComponent(edge.from))
            names << edge.from;
    }
    names.removeDuplicates();
    return names;
}

std::optional<QSet<QString>> componentsOf(const EvidenceInput &input, const QString &of)
{
    const QString &component = input.condition.component;
    const auto setOf = [](const QStringList &names) { return QSet<QString>(names.begin(), names.end()); };
    if (of == u"any"_s)
        return std::nullopt;
    if (of == u"host"_s)
        return QSet<QString>{u"host"_s};
    if (of == u"dependency"_s)
        return input.topology ? setOf(dependenciesOf(*input.topology, component)) : QSet<QString>();
    if (of == u"dependent"_s)
        return input.topology ? setOf(dependentsOf(*input.topology, component)) : QSet<QString>();
    return QSet<QString>{component};
}

void addTopology(Evidence &evidence, const EvidenceInput &input)
{
    const qint64 at = input.now.wallMs;
    QStringList failed = input.failedDependencies;
    if (input.topology) {
        const QString &component = input.condition.component;
        const QStringList needs = dependenciesOf(*input.topology, component), neededBy = dependentsOf(*input.topology, component);
        QStringList failing = neededBy;
        failing.removeIf([&](const QString &name) { return !input.failing.contains(name); });
        add(evidence, u"topology.dependencies"_s, int(needs.size()),
            needs.isEmpty() ? u"it needs no other service"_s : QString(u"it needs "_s + needs.join(u", "_s)), at);
        add(evidence, u"topology.dependents"_s, int(neededBy.size()),
            neededBy.isEmpty() ? u"no other service needs it"_s : QString(u"needed by "_s + neededBy.join(u", "_s)), at);
        add(evidence, u"topology.dependent_names"_s, neededBy.join(u", "_s), QString(), at);
        add(evidence, u"topology.dependents_failing"_s, int(failing.size()),
            failing.isEmpty() ? u"none of those that need it fails"_s : QString(u"of those that need it fail "_s + failing.join(u", "_s)), at);
        QStringList others(input.failing.begin(), input.failing.end());
        others.removeIf([&](const QString &name) { return name == component || name == u"host"_s; });
        others.sort();
        add(evidence, u"topology.same_host_failing"_s, int(others.size()),
            others.isEmpty() ? u"no other service of this host fails"_s : QString(u"other services of this host fail, too: "_s + others.join(u", "_s)), at);
        for (const QString &name : needs) {
            if (input.failing.contains(name) && !failed.contains(name))
                failed << name;
        }
    }
    if (!failed.isEmpty())
        add(evidence, u"dependency.first"_s, failed.first(), failed.first() + u" is needed by it and fails"_s, at);
}

void addHistory(Evidence &evidence, const EvidenceInput &input)
{
    if (!input.earlier)
        return;
    const QList<EarlierIncident> &all = *input.earlier;
    qint64 last = 0;
    for (const EarlierIncident &earlier : all)
        last = std::max(last, earlier.at);
    for (const QString &word : words<ActionType>()) {
        const auto action = fromString<ActionType>(word);
        const auto tried = std::count_if(all.begin(), all.end(), [&](const auto &e) { return e.tried.contains(*action); });
        const auto healed = std::count_if(all.begin(), all.end(), [&](const auto &e) { return e.healedBy.contains(*action); });
        const QString text = QStringLiteral("%1 healed %2 of %3 incidents like it in which it was tried, within 30 days").arg(word).arg(healed).arg(tried);
        add(evidence, u"history.tried."_s + word, int(tried), text, input.now.wallMs);
        add(evidence, u"history.healed_by."_s + word, int(healed), text, input.now.wallMs);
    }
    if (last > 0)
        add(evidence, u"history.last_days"_s, double(startOf(input) - last) / double(dayMs), u"the last one like it"_s, last);
}

void addChanges(Evidence &evidence, const EvidenceInput &input)
{
    if (!input.changes)
        return;
    const ChangeRecord *newest = nullptr;
    for (const ChangeRecord &change : *input.changes) {
        const bool concerns = change.component.isEmpty() || change.component == input.condition.component;
        if (concerns && change.at <= startOf(input) && (!newest || change.at >= newest->at))
            newest = &change;
    }
    if (!newest)
        return;
    const QString sentence = newest->detail.isEmpty() ? newest->subject + u" changed"_s : newest->detail;
    add(evidence, u"change.newest"_s, sentence, sentence, newest->at);
    if (!newest->subject.isEmpty())
        add(evidence, u"change.newest_subject"_s, newest->subject, sentence, newest->at);
    add(evidence, u"change.newest_kind"_s, wordOf(newest->kind), sentence, newest->at);
    add(evidence, u"change.newest_minutes"_s, double(startOf(input) - newest->at) / double(minuteMs), sentence, newest->at);
}

} // namespace prunella::evidence
