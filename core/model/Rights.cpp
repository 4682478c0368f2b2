#include "core/model/Rights.h"

namespace prunella {

using namespace Qt::StringLiterals;

QString toString(RightState state)
{
    static const QStringList words{u"permitted"_s, u"needs_authorisation"_s, u"refused"_s};
    return words[int(state)];
}

QJsonObject toJson(const RightVerdict &verdict)
{
    return {{u"service"_s, verdict.service}, {u"what"_s, verdict.what}, {u"state"_s, toString(verdict.state)}, {u"why"_s, verdict.why}};
}

Right worstOf(const QList<Right> &rights)
{
    Right worst;
    for (const Right &right : rights)
        worst.state = std::max(worst.state, right.state);
    QStringList reasons;
    for (const Right &right : rights) {
        if (right.state == worst.state && !right.why.isEmpty() && !reasons.contains(right.why))
            reasons.append(right.why);
    }
    worst.why = reasons.join(u"; "_s);
    return worst;
}

} // namespace prunella
