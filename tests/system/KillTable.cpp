#include "tests/system/KillTable.h"

#include "tests/system/Incidents.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTest>

namespace prunella::testing {

using namespace Qt::StringLiterals;

namespace {

const QStringList steps{u"intent"_s, u"started"_s, u"call"_s, u"outcome"_s, u"settling"_s, u"verified"_s, u"undo"_s};
constexpr int patienceMs = 20'000;

QString configOf(const QString &name, const QString &dir, const KillSubject &subject)
{
    return u"self_healing:\n"
           "  mode: automatic\n"
           "  error_detection: {monitoring_interval: 1}\n"
           "  recovery: {settle: 300ms, attempt_window: 1h, auto_scaling_enabled: true, rollback_enabled: true,"
           " backoff: {initial: 100ms, factor: 1, max: 1s}}\n"
           "  learning: {confidence_threshold: 0}\n"
           "  guards: {cool_down: 0s}\n"
           "  escalation: []\n"
           "  playbooks: [\"%2/playbooks\"]\n"
           "  services:\n"
           "    - {name: %1, manager: systemd, unit: %3, health: [{type: nagios, command: [\"%2/check\"], interval: 200ms}]%4}\n"_s
        .arg(name, dir, subject.unit.isEmpty() ? name + u".service"_s : subject.unit, subject.keys);
}

/// From `broken` on the check fails until the action has had its effect, or for ever.
void writeCheck(const QString &dir, const QString &mended)
{
    writeProgram(dir + u"/check"_s, u"[ -e %1/broken ] || { echo OK; exit 0; }\n%2 && { echo OK; exit 0; }\necho CRITICAL; exit 2"_s.arg(dir, mended));
}

void touch(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("cannot write %s", qPrintable(path));
}

/// What the journal itself says, by the program that anybody would use.
int count(const EngineProcess &engine, const QString &query)
{
    QProcess process;
    process.start(u"sqlite3"_s, {engine.stateDir() + u"/prunella.db"_s, u"SELECT count(*) FROM "_s + query});
    process.waitForFinished();
    return process.exitCode() == 0 ? process.readAllStandardOutput().trimmed().toInt() : -1;
}

bool isOver(const QJsonObject &incident)
{
    return QStringList{u"resolved"_s, u"escalated"_s, u"awaiting_approval"_s}.contains(statusOf(incident));
}

/// The first engine, up to its death.
QString dies(EngineProcess &engine, const KillCell &cell, const QString &name, const KillSubject &subject)
{
    if (!engine.start({u"PRUNELLA_KILL_AT="_s + cell.point}) || !engine.knows(name))
        return u"the first engine does not come up"_s;
    if (subject.isReady && !QTest::qWaitFor([&] { return subject.isReady(engine); }, patienceMs))
        return u"not ready to be broken"_s;
    if (subject.breakIt)
        subject.breakIt();
    touch(engine.stateDir() + u"/../broken"_s);
    return engine.ends(patienceMs) && engine.exitCode() != 0 ? QString() : u"the engine does not die at its point"_s;
}

/// The next engine, until the incident has an end and what is for a while only is over.
QString goesOn(EngineProcess &engine, const QString &name, bool goesBack)
{
    if (!engine.start())
        return u"the next engine does not come up"_s;
    if (!isOver(engine.incident(name)) && !engine.seesAny({u"resolved"_s, u"escalated"_s, u"awaiting_approval"_s}, name, patienceMs))
        return u"the incident is stuck"_s;
    for (int times = 1; goesBack && count(engine, u"state WHERE key LIKE 'revert/%' AND value <> ''"_s) > 0; ++times) {
        if (!engine.sees(u"reverted"_s, name, patienceMs, times))
            return u"what was for a while only stays"_s;
    }
    return {};
}

QString endOf(const QJsonObject &incident, const KillCell &cell, const KillSubject &subject)
{
    const QString status = statusOf(incident), state = subject.state(), reason = lastReason(incident);
    const bool asks = cell.action == u"run_command" && status == u"awaiting_approval"; // not idempotent: a person's decision
    if (status != (cell.vain ? u"escalated" : u"resolved") && !asks)
        return u"it ends as %1: %2"_s.arg(status, reason);
    if (status != u"resolved" && reason.isEmpty())
        return u"it is left to a person without a reason"_s;
    const bool allowed = asks ? state == u"old" || state == u"target" : state == (cell.vain || subject.goesBack ? u"old" : u"target");
    return allowed ? QString() : u"it ends as %1 (%2), but the thing itself: %3"_s.arg(status, reason, state);
}

/// The action that the engine died of: unknown, or what is known of it.
QString fateOf(const QJsonArray &actions, bool undo)
{
    for (const QJsonValue &value : actions) {
        const QJsonObject action = value.toObject();
        const QString status = action.value(u"status").toString();
        if (status == u"in_progress" || status == u"pending" || status == u"failed")
            return u"%1 is %2"_s.arg(action.value(u"action_type").toString(), status);
    }
    for (const QJsonValue &value : actions) {
        const QString status = value.toObject().value(u"status").toString(), undoes = value.toObject().value(u"undoes").toString();
        if (undo != undoes.isEmpty())
            return status == u"unknown" || status == u"completed" || status == u"rolled_back" ? QString() : u"the action is "_s + status;
    }
    return u"the action is lost"_s;
}

QString journalOf(const EngineProcess &engine)
{
    if (const int open = count(engine, u"journal WHERE outcome IS NULL"_s); open != 0)
        return u"%1 intents without an outcome"_s.arg(open);
    const EngineProcess::Answer audit = engine.call({u"verify-audit"_s});
    return audit.code == 0 ? QString() : u"verify-audit: "_s + audit.out + audit.err;
}

QString words(const QJsonArray &actions)
{
    QStringList list;
    for (const QJsonValue &value : actions) {
        const QJsonObject action = value.toObject();
        const QString undo = action.value(u"undoes").toString().isEmpty() ? QString() : u"undo of "_s;
        list.append(undo + action.value(u"action_type").toString() + u' ' + action.value(u"status").toString());
    }
    return list.join(u", "_s);
}

} // namespace

QList<KillCell> killCells(const QString &action, const QStringList &calls, const QStringList &undoCalls, bool looks)
{
    QList<KillCell> cells{{action, u"intent"_s, u"intent_committed"_s}, {action, u"started"_s, u"started_committed"_s}};
    for (const QString &call : calls)
        cells.append({action, u"call"_s, call});
    cells.append({action, u"outcome"_s, u"outcome_committed"_s});
    if (!looks)
        cells.append({action, u"settling"_s, u"settling"_s});
    cells.append({action, u"verified"_s, u"verified_committed"_s});
    if (undoCalls.isEmpty())
        return cells;
    for (const QString &point : QStringList{u"undo_committed"_s} + undoCalls + QStringList{u"undone_committed"_s})
        cells.append({action, u"undo"_s, point, !looks}); // a closer look ends by itself
    return cells;
}

QString KillTable::run(const KillCell &cell)
{
    const QString name = u"kill%1%2"_s.arg(QString(cell.action).remove(u'_')).arg(++m_count), dir = outDirectory(name);
    const KillSubject subject = killSubject(cell.action, name, dir);
    writeTrees(dir, subject.actions);
    writeCheck(dir, cell.vain ? u"false"_s : subject.mended);
    EngineProcess engine(dir, configOf(name, dir, subject));
    QElapsedTimer timer;
    timer.start();
    QString wrong = dies(engine, cell, name, subject);
    const QString first = engine.eventsText();
    if (wrong.isEmpty())
        wrong = goesOn(engine, name, subject.goesBack);
    const QJsonObject incident = engine.incident(name);
    if (wrong.isEmpty() && incident.isEmpty())
        wrong = u"the incident is lost, or there are two"_s;
    if (wrong.isEmpty() && engine.stop() != 0)
        wrong = u"the next engine does not end"_s;
    if (wrong.isEmpty())
        wrong = endOf(incident, cell, subject);
    if (wrong.isEmpty())
        wrong = fateOf(actionsOf(incident), cell.step == u"undo");
    if (wrong.isEmpty())
        wrong = journalOf(engine);
    if (!m_actions.contains(cell.action))
        m_actions.append(cell.action);
    m_cells[{cell.action, cell.step}].append(wrong.isEmpty() ? u"ok"_s : u"FAILED"_s);
    m_lines.append(u"%1 %2 %3: %4 (%5), the thing: %6, %7 ms%8"_s.arg(cell.action, cell.step, cell.point, statusOf(incident), words(actionsOf(incident)),
        subject.state()).arg(timer.elapsed()).arg(wrong.isEmpty() ? QString() : u"; FAILED: "_s + wrong));
    return wrong.isEmpty() ? QString() : m_lines.last() + u"\n--- first engine"_s + first + u"\n--- next engine"_s + engine.eventsText();
}

QString KillTable::text() const
{
    QString text = u"\n"_s + u"action"_s.leftJustified(22);
    for (const QString &step : steps)
        text += step.leftJustified(step == u"call" || step == u"undo" ? 18 : 10);
    for (const QString &action : m_actions) {
        text += u'\n' + action.leftJustified(22);
        for (const QString &step : steps)
            text += m_cells.value({action, step}, {u"-"_s}).join(u' ').leftJustified(step == u"call" || step == u"undo" ? 18 : 10);
    }
    return text + u"\n\n"_s + m_lines.join(u'\n') + u'\n';
}

} // namespace prunella::testing
