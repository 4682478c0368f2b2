#include "app/ctl/Commands.h"
#include "core/config/ConfigLoader.h"
#include "core/config/ProcedureLoader.h"
#include "core/config/TreeLoader.h"
#include "core/engine/EngineOptions.h"

#include <QFileInfo>

namespace prunella::ctl {
namespace {

QString levelWord(ProblemLevel level)
{
    switch (level) {
    case ProblemLevel::Error:
        return QStringLiteral("error");
    case ProblemLevel::Warning:
        return QStringLiteral("warning");
    case ProblemLevel::NotYetInEffect:
        break;
    }
    return QStringLiteral("not yet in effect");
}

QJsonObject problemJson(const ConfigProblem &problem)
{
    return {{QStringLiteral("level"), levelWord(problem.level)}, {QStringLiteral("file"), problem.file}, {QStringLiteral("line"), problem.line},
            {QStringLiteral("column"), problem.column}, {QStringLiteral("key"), problem.key}, {QStringLiteral("text"), problem.text}};
}

} // namespace

int checkConfig(const Options &options, const std::string &file)
{
    const auto loaded = loadConfig(defaultSources(qs(file), qs(options.environment)));
    auto problems = loaded.problems;
    problems.append(loadTrees(loaded.config.playbooks).problems);
    QStringList folders = QStringList{shippedPlaybooks()} + loaded.config.playbooks;
    folders.removeAll(QString());
    problems.append(loadProcedures(folders, loadTrees(folders).trees).problems);
    bool bad = loaded.hasErrors();
    QJsonArray list;
    for (const auto &problem : std::as_const(problems)) {
        bad = bad || problem.level == ProblemLevel::Error;
        list.append(problemJson(problem));
        if (!options.json)
            (problem.level == ProblemLevel::Error ? printError : print)(toString(problem));
    }
    if (options.json)
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("ok"), !bad}, {QStringLiteral("problems"), list}});
    else if (!bad)
        print(QStringLiteral("%1: no errors, %2 services, %3 thresholds, mode %4").arg(qs(file)).arg(loaded.config.services.size())
                  .arg(loaded.config.thresholds.size()).arg(toString(loaded.config.mode)));
    return bad ? WrongCall : Done;
}

} // namespace prunella::ctl
