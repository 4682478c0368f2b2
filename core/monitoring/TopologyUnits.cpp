#include "core/monitoring/TopologyUnits.h"

#include <QSet>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

constexpr int kLongestWay = 5; // units from one of ours to the next

/// What DefaultDependencies= gives to every unit.
bool isDefault(const QString &unit)
{
    static const QSet<QString> targets{u"sysinit.target"_s, u"basic.target"_s, u"shutdown.target"_s, u"umount.target"_s, u"local-fs.target"_s};
    return targets.contains(unit) || unit.endsWith(".slice"_L1) || unit.endsWith(".mount"_L1);
}

struct Step { QString unit, detail; };

class UnitGraph
{
public:
    UnitGraph(const QMap<QString, QString> &serviceByUnit, const UnitLookup &lookup) : m_lookup(lookup)
    {
        for (auto it = serviceByUnit.cbegin(); it != serviceByUnit.cend(); ++it) {
            const auto &links = linksOf(it.key());
            m_services.insert(links && !links->id.isEmpty() ? links->id : it.key(), it.value());
            m_services.insert(it.key(), it.value());
        }
    }

    void addEdges(const QString &unit, const QString &service)
    {
        QSet<QString> reached{service};
        for (const TieKind kind : {TieKind::BindsTo, TieKind::Requires, TieKind::Wants})
            walk(unit, service, kind, reached);
        QSet<QString> ordered{service};
        walk(unit, service, TieKind::After, ordered);
    }
    QList<TopologyEdge> take()
    {
        sortEdges(m_edges);
        return m_edges;
    }

private:
    const std::optional<UnitLinks> &linksOf(const QString &unit)
    {
        const auto known = m_known.constFind(unit);
        return known != m_known.cend() ? *known : *m_known.insert(unit, m_lookup(unit));
    }
    /// The steps from a unit that are at least as strong as `kind`; for After the order alone.
    static QList<Step> stepsFrom(const UnitLinks &links, TieKind kind)
    {
        QList<Step> steps;
        const auto add = [&steps](const QStringList &units, QLatin1StringView word) {
            for (const QString &unit : units)
                steps.append({unit, word + u'=' + unit});
        };
        if (kind == TieKind::After) {
            add(links.after, "After"_L1);
            return steps;
        }
        add(links.bindsTo, "BindsTo"_L1);
        if (kind != TieKind::BindsTo)
            add(links.needs, "Requires"_L1);
        if (kind == TieKind::Wants)
            add(links.wants, "Wants"_L1);
        add(links.triggers, "Triggers"_L1);
        return steps;
    }
    void walk(const QString &from, const QString &service, TieKind kind, QSet<QString> &reached)
    {
        QList<Step> ends{{from, {}}};
        QSet<QString> passed{from};
        for (int length = 0; length < kLongestWay && !ends.isEmpty(); ++length) {
            QList<Step> next;
            for (const Step &end : std::as_const(ends)) {
                const std::optional<UnitLinks> links = linksOf(end.unit);
                for (const Step &step : links ? stepsFrom(*links, kind) : QList<Step>()) {
                    if (isDefault(step.unit) || passed.contains(step.unit))
                        continue;
                    passed.insert(step.unit);
                    const QString detail = end.detail.isEmpty() ? step.detail : end.detail + u" -> "_s + step.detail;
                    if (arrive({step.unit, detail}, service, kind, reached))
                        next.append({step.unit, detail});
                }
            }
            ends = next;
        }
    }
    /// true: the way goes on from there
    bool arrive(const Step &step, const QString &service, TieKind kind, QSet<QString> &reached)
    {
        const QString other = m_services.value(step.unit);
        const bool between = other.isEmpty();
        const bool first = step.detail.count(u'=') == 1, triggered = step.detail.contains("Triggers="_L1);
        const bool worthIt = kind != TieKind::After && (first || (triggered && step.detail.count(u'=') == 2))
            && (step.unit.endsWith(".service"_L1) || step.unit.endsWith(".device"_L1));
        const QString node = between ? u"unit:"_s + step.unit : other;
        if (!reached.contains(node) && (!between || (worthIt && linksOf(step.unit)))) {
            reached.insert(node);
            m_edges.append({service, node, kind, step.detail});
        }
        if (kind == TieKind::After)
            return between && (step.unit.endsWith(".target"_L1) || step.unit.endsWith(".socket"_L1));
        return between && !step.unit.endsWith(".device"_L1);
    }

    const UnitLookup &m_lookup;
    QMap<QString, std::optional<UnitLinks>> m_known;
    QMap<QString, QString> m_services;
    QList<TopologyEdge> m_edges;
};

} // namespace

QList<TopologyEdge> unitEdges(const QMap<QString, QString> &serviceByUnit, const UnitLookup &lookup)
{
    UnitGraph graph(serviceByUnit, lookup);
    for (auto it = serviceByUnit.cbegin(); it != serviceByUnit.cend(); ++it)
        graph.addEdges(it.key(), it.value());
    return graph.take();
}

} // namespace prunella
