#include "core/engine/Reversions.h"

#include "core/base/Clock.h"
#include "core/model/Json.h"

#include <QJsonDocument>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

const QString prefix = u"revert/"_s;

QString written(const Reversion &reversion)
{
    const QJsonObject object{{u"incident"_s, reversion.incidentId}, {u"due"_s, isoTime(reversion.dueAt)}, {u"tries"_s, reversion.tries},
                             {u"inverse"_s, toJson(reversion.inverse)}};
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

} // namespace

void Reversions::add(const Reversion &reversion, Transaction &transaction)
{
    m_all.append(reversion);
    transaction.state.insert(prefix + reversion.actionId, written(reversion));
}

void Reversions::remove(const QString &actionId, Transaction &transaction)
{
    if (m_all.removeIf([&](const Reversion &one) { return one.actionId == actionId; }) > 0)
        transaction.state.insert(prefix + actionId, {});
}

void Reversions::restore(const QMap<QString, QString> &state)
{
    for (auto it = state.cbegin(); it != state.cend(); ++it) {
        if (!it.key().startsWith(prefix))
            continue;
        const QJsonObject object = QJsonDocument::fromJson(it.value().toUtf8()).object();
        m_all.append({it.key().mid(prefix.size()), object[u"incident"_s].toString(), requestFromJson(object[u"inverse"_s].toObject()),
                      fromIsoTime(object[u"due"_s].toString()), object[u"tries"_s].toInt(), {}});
    }
}

QList<Reversion> Reversions::due(qint64 wallMs) const
{
    QList<Reversion> list;
    for (auto it = m_all.crbegin(); it != m_all.crend(); ++it) {
        if (it->dueAt != 0 && it->dueAt <= wallMs && it->runningId.isEmpty())
            list.append(*it);
    }
    return list;
}

std::optional<Reversion> Reversions::whenLow(const QString &target) const
{
    const auto it = std::find_if(m_all.crbegin(), m_all.crend(), [&](const Reversion &one) {
        return one.dueAt == 0 && one.inverse.target == target;
    });
    return it == m_all.crend() || !it->runningId.isEmpty() ? std::nullopt : std::optional(*it);
}

std::optional<Reversion> Reversions::runningAs(const QString &requestId) const
{
    const auto it = std::find_if(m_all.cbegin(), m_all.cend(), [&](const Reversion &one) { return one.runningId == requestId; });
    return it == m_all.cend() || requestId.isEmpty() ? std::nullopt : std::optional(*it);
}

qint64 Reversions::nextAt() const
{
    qint64 next = 0;
    for (const Reversion &one : m_all) {
        if (one.dueAt != 0 && one.runningId.isEmpty())
            next = next == 0 ? one.dueAt : std::min(next, one.dueAt);
    }
    return next;
}

void Reversions::begun(const QString &actionId, const QString &requestId)
{
    if (Reversion *one = find(actionId))
        one->runningId = requestId;
}

bool Reversions::failed(const QString &actionId, qint64 wallMs, Transaction &transaction)
{
    Reversion *one = find(actionId);
    if (!one || ++one->tries >= mostTries) {
        remove(actionId, transaction);
        return false;
    }
    one->runningId.clear();
    if (one->dueAt != 0)
        one->dueAt = wallMs + againMs;
    transaction.state.insert(prefix + actionId, written(*one));
    return true;
}

Reversion *Reversions::find(const QString &actionId)
{
    const auto it = std::find_if(m_all.begin(), m_all.end(), [&](const Reversion &one) { return one.actionId == actionId; });
    return it == m_all.end() ? nullptr : &*it;
}

} // namespace prunella
