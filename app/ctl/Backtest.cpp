// prunellactl backtest: the verdict first, then incident by incident, then refusals, then what it cannot know.
#include "app/ctl/Commands.h"
#include "core/config/ConfigLoader.h"
#include "core/config/TreeLoader.h"
#include "core/engine/Backtest.h"
#include "core/engine/EngineOptions.h"
#include "core/model/Sentences.h"

#include <QElapsedTimer>
#include <QFileInfo>

#include <cstdio>
#include <unistd.h>

namespace prunella::ctl {
namespace {

enum class Paint { Bold, Green, Red, Yellow, Dim };

QString painted(const QString &text, Paint paint)
{
    static const QMap<Paint, int> codes{{Paint::Bold, 1}, {Paint::Green, 32}, {Paint::Red, 31}, {Paint::Yellow, 33}, {Paint::Dim, 2}};
    return useColour() ? QStringLiteral("\x1b[%1m%2\x1b[0m").arg(codes.value(paint)).arg(text) : text;
}

QString clockTime(qint64 wallMs)
{
    return QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("MM-dd HH:mm:ss"));
}

QString markOf(const BacktestPair &pair)
{
    if (pair.coversMissed)
        return QStringLiteral("missed in reality");
    return pair.real && pair.real->feedback ? toString(pair.real->feedback->mark).replace(u'_', u' ') : QString();
}

Paint paintOf(const BacktestPair &pair)
{
    const auto mark = pair.real && pair.real->feedback ? pair.real->feedback->mark : Mark::Missed;
    switch (pair.kind) {
    case BacktestKind::Gone:
        return mark == Mark::FalseAlarm ? Paint::Green : mark == Mark::Real ? Paint::Red : Paint::Yellow;
    case BacktestKind::New:
        return pair.coversMissed ? Paint::Green : Paint::Yellow;
    case BacktestKind::Same:
        return mark == Mark::FalseAlarm ? Paint::Red : Paint::Bold;
    case BacktestKind::Part:
        break;
    }
    return Paint::Dim;
}

QString courseOrNone(const std::optional<Incident> &incident)
{
    return incident ? courseOf(*incident) : QStringLiteral("nothing");
}

QString laterText(const BacktestPair &pair)
{
    if (pair.kind != BacktestKind::Same || pair.laterMs == 0)
        return {};
    return QStringLiteral("seen %1 %2").arg(durationText(qAbs(pair.laterMs)), pair.laterMs < 0 ? QStringLiteral("earlier") : QStringLiteral("later"));
}

/// One block an incident: side by side it would be wider than a terminal.
void printPair(const BacktestPair &pair)
{
    const Incident &incident = pair.incident();
    const QString series = incident.component == QStringLiteral("host") ? QStringLiteral(" ") + toString(incident.condition.series) : QString();
    QString head = QStringLiteral("%1  %2  %3%4  %5").arg(toString(pair.kind).leftJustified(4), clockTime(incident.detectedAt), incident.component, series,
                                                          toString(incident.type));
    if (const QString mark = markOf(pair); !mark.isEmpty())
        head += QStringLiteral("  [%1]").arg(mark);
    print(painted(head, paintOf(pair)));
    const QString really = courseOrNone(pair.real), would = courseOrNone(pair.would);
    if (really == would) {
        print(QStringLiteral("      both    ") + really);
    } else {
        print(QStringLiteral("      really  ") + really);
        print(QStringLiteral("      would   ") + would);
    }
    QStringList why{laterText(pair), pair.why};
    why.removeAll(QString());
    if (!why.isEmpty())
        print(painted(QStringLiteral("      why     ") + why.join(QStringLiteral("; ")), Paint::Dim));
}

template<typename E>
void addCounts(const QString &kind, const QMap<E, int> &real, const QMap<E, int> &would, QList<QStringList> &rows)
{
    QMap<E, int> all = real;
    all.insert(would);
    for (const E what : all.keys()) {
        const int before = real.value(what), after = would.value(what);
        rows.append({QStringLiteral("%1 %2").arg(kind, toString(what)), QString::number(before), QString::number(after)});
    }
}

void printTallies(const BacktestReport &report)
{
    QList<QStringList> rows;
    const auto add = [&rows](const QString &what, int real, int would) { rows.append({what, QString::number(real), QString::number(would)}); };
    add(QStringLiteral("incidents"), report.real.incidents, report.would.incidents);
    add(QStringLiteral("resolved"), report.real.resolved, report.would.resolved);
    add(QStringLiteral("escalated"), report.real.escalated, report.would.escalated);
    addCounts(QStringLiteral("ask"), report.real.asks, report.would.asks, rows);
    addCounts(QStringLiteral("run"), report.real.runs, report.would.runs, rows);
    addCounts(QStringLiteral("refused:"), report.real.refusals, report.would.refusals, rows);
    addCounts(QStringLiteral("waited:"), report.real.waits, report.would.waits, rows);
    print({});
    printTable({QStringLiteral("COUNTED"), QStringLiteral("REALLY"), QStringLiteral("WOULD")}, rows);
}

void printRefusals(const BacktestReport &report)
{
    bool first = true;
    for (const BacktestPair &pair : report.pairs) {
        if (!pair.would)
            continue;
        for (const auto &action : pair.would->actions) {
            if (action.status != ActionStatus::Refused)
                continue;
            if (std::exchange(first, false))
                print(painted(QStringLiteral("\nWould have been refused"), Paint::Bold));
            print(QStringLiteral("  %1  %2 %3: %4 (%5)").arg(clockTime(pair.would->detectedAt), toString(action.type), action.target, action.decision.detail,
                                                             toString(action.decision.reason)));
        }
    }
}

void printMarks(const BacktestReport &report)
{
    if (!report.missed.isEmpty())
        print(QStringLiteral("\n%1 of %2 incidents that people say were missed would have been seen.").arg(report.missedCovered).arg(report.missed.size()));
    if (report.falseAlarmsKept > 0)
        print(QStringLiteral("%1 known false alarms would have been raised again.").arg(report.falseAlarmsKept));
    if (report.unjudged > 0)
        print(QStringLiteral("Judge the incidents that are gone: prunellactl feedback ID false-alarm, or real."));
}

void printReport(const BacktestReport &report)
{
    print(painted(verdictOf(report), Paint::Bold));
    const auto &basis = report.basis;
    print(QStringLiteral("%1 to %2, mode %3: %4 series, %5 samples (%6 of them means of minutes), %7 events").arg(clockTime(basis.from), clockTime(basis.to), toString(report.mode))
              .arg(basis.series).arg(basis.samples).arg(basis.rolledUp).arg(basis.events));
    if (!report.pairs.isEmpty())
        print({});
    for (const BacktestPair &pair : report.pairs)
        printPair(pair);
    printTallies(report);
    printRefusals(report);
    printMarks(report);
    print(painted(QStringLiteral("\nWhat a replay cannot know"), Paint::Bold));
    for (const QString &line : report.cannotKnow)
        print(QStringLiteral("- ") + line);
}

/// A line on a terminal that goes when it is done.
bool showProgress(double share)
{
    if (::isatty(STDERR_FILENO) != 0)
        std::fprintf(stderr, share < 1 ? "\rreplaying %3.0f %%" : "\r\x1b[K", share * 100);
    return true;
}

} // namespace

int backtest(const Options &options, const std::string &since)
{
    const auto duration = parseDuration(since);
    if (!duration || *duration == 0)
        return complain({ErrorCode::Invalid, QStringLiteral("--since %1 is no duration; expected for example 12h or 7d").arg(qs(since))});
    const auto loaded = loadConfig(defaultSources(qs(options.config), qs(options.environment)));
    for (const auto &problem : loaded.problems) {
        if (problem.level == ProblemLevel::Error)
            printError(toString(problem));
    }
    if (loaded.hasErrors())
        return WrongCall;
    BacktestOptions how;
    how.stateDir = stateDirectory(qs(options.stateDir));
    how.config = loaded.config;
    how.configName = QFileInfo(qs(options.config)).fileName();
    how.sinceMs = *duration;
    how.trees = loadTrees(QStringList{shippedPlaybooks()} + loaded.config.playbooks).trees;
    QElapsedTimer timer;
    timer.start();
    const auto report = runBacktest(how, showProgress);
    if (!report)
        return complain(report.error());
    showProgress(1);
    if (options.json) {
        printJson(toJson(*report));
        return Done;
    }
    printReport(*report);
    printError(QStringLiteral("replayed in %1 s").arg(double(timer.elapsed()) / 1000, 0, 'f', 1));
    return Done;
}

} // namespace prunella::ctl
