#pragma once
// What all calls of prunellactl share: exit codes, output, the state directory.
#include "core/base/Clock.h"
#include "core/base/Result.h"
#include "core/model/Frame.h"

#include <QJsonValue>

namespace prunella::ctl {

enum ExitCode { Done = 0, AnswerIsNo = 1, WrongCall = 2, NotRunning = 3, NoRights = 4, InternalFailure = 5 };

struct Options {
    std::string config, environment, stateDir;
    bool json = false;
};

[[nodiscard]] int exitCode(const Error &error);
/// One clear line on stderr; returns the exit code.
int complain(const Error &error);
void print(const QString &text);
void printError(const QString &text);
void printJson(const QJsonValue &value);
/// One line a row, columns aligned.
void printTable(const QStringList &header, const QList<QStringList> &rows);
/// "30s", "1h", "7d"; nothing when it is none.
[[nodiscard]] std::optional<qint64> parseDuration(const std::string &text);
[[nodiscard]] QString qs(const std::string &text);
[[nodiscard]] bool useColour();

} // namespace prunella::ctl
