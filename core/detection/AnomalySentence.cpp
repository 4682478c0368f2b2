#include "core/detection/AnomalySentence.h"

#include "core/model/Sentences.h"

namespace prunella {

QString sentenceOf(const AnomalyScore &score, const SeriesKey &key, const QString &unit)
{
    const QString who = toString(key) + u' ' + valueText(score.value, unit);
    const QString usual = valueText(score.expected, unit);
    const QString span = durationText(qint64(score.spanSec * 1000));
    switch (score.reason) {
    case AnomalyReason::NewHigh:
        return QStringLiteral("%1 is the highest in %2 (usually about %3)").arg(who, span, usual);
    case AnomalyReason::NewLow:
        return QStringLiteral("%1 is the lowest in %2 (usually about %3)").arg(who, span, usual);
    case AnomalyReason::Spike:
        return QStringLiteral("%1 jumped up from about %2").arg(who, usual);
    case AnomalyReason::Drop:
        return QStringLiteral("%1 dropped from about %2").arg(who, usual);
    case AnomalyReason::LevelShift:
        return QStringLiteral("%1: its level moved from %2 to %3").arg(who, usual, valueText(score.level, unit));
    case AnomalyReason::UnusualForTime:
        return QStringLiteral("%1 is unusual for this time (usually about %2)").arg(who, usual);
    case AnomalyReason::VarianceChanged:
        return QStringLiteral("%1 moves %2 times as much as usual").arg(who).arg(score.factor, 0, 'f', 1);
    case AnomalyReason::Flat:
        return QStringLiteral("%1 has been flat for %2 where it used to move").arg(who, span);
    case AnomalyReason::None:
        break;
    }
    return QStringLiteral("%1 is unusual (usually about %2)").arg(who, usual);
}

} // namespace prunella
