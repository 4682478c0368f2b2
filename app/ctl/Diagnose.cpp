// prunellactl diagnose: the ranking of the live engine over a recorded incident.
#include "app/ctl/CauseFiles.h"
#include "app/ctl/Commands.h"
#include "core/diagnosis/CauseRanking.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonObject>

namespace prunella::ctl {
namespace {

constexpr qsizetype shownWithoutJson = 5;

void printRanking(const QList<RankedCause> &ranking, double elapsedMs)
{
    for (qsizetype i = 0; i < std::min(shownWithoutJson, ranking.size()); ++i) {
        print(QStringLiteral("%1. %2  %3").arg(i + 1).arg(ranking[i].node, QString::number(ranking[i].score, 'f', 2)));
        for (const QString &sentence : ranking[i].evidence)
            print(QStringLiteral("     ") + sentence);
    }
    if (ranking.size() > shownWithoutJson)
        print(QStringLiteral("and %1 more: --json lists all").arg(ranking.size() - shownWithoutJson));
    printError(QStringLiteral("ranked in %1 ms").arg(elapsedMs, 0, 'f', 1));
}

} // namespace

int diagnoseRecorded(const Options &options, const DiagnoseOptions &how)
{
    const auto incident = readRecordedIncident({how.topology, how.normal, how.window, how.alarm});
    if (!incident) {
        complain(incident.error());
        return WrongCall;
    }
    for (const QString &note : incident->notes)
        printError(QStringLiteral("note: ") + note);
    QElapsedTimer timer;
    timer.start();
    const auto ranking = rankCauses(incident->input);
    const double elapsedMs = double(timer.nsecsElapsed()) / 1e6;
    if (!options.json) {
        printRanking(ranking, elapsedMs);
        return Done;
    }
    QJsonArray array;
    for (const RankedCause &cause : ranking)
        array.append(QJsonObject{{QStringLiteral("node"), cause.node}, {QStringLiteral("score"), cause.score},
                                 {QStringLiteral("evidence"), QJsonArray::fromStringList(cause.evidence)}});
    printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("ranking"), array}, {QStringLiteral("elapsed_ms"), elapsedMs}});
    return Done;
}

} // namespace prunella::ctl
