#pragma once
// rollback_deployment as the engine goes through it: the table's look, the intent, the doing; with a restart that is counted.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ReleaseSwitch.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTest>

#include <climits>
#include <unistd.h>

namespace prunella::testing {

inline constexpr qint64 goodAfterMs = 300'000;

/// What restarts the service in the tests that have none.
class CountedRestart final : public RecoveryAction
{
public:
    ActionResult run(const ActionRequest &request, CancelToken &) override
    {
        ++count;
        last = request;
        return answer ? *answer : completed(request, QStringLiteral("restarted"));
    }
    int count = 0;
    ActionRequest last;
    std::optional<ActionResult> answer;
};

inline void writeFile(const QString &path, const QByteArray &bytes, bool executable = false)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
    if (executable)
        file.setPermissions(QFile::Permissions(0x7755));
}

/// Where a link leads to, byte for byte; "<none>" when it is none.
inline QByteArray linkText(const QString &path)
{
    QByteArray text(PATH_MAX, '\0');
    const ssize_t size = readlink(QFile::encodeName(path).constData(), text.data(), std::size_t(text.size()));
    return size < 0 ? QByteArray("<none>") : text.left(size);
}

/// Output of a program that must succeed, trimmed.
inline QString tool(const QStringList &call, const QString &folder = {})
{
    QProcess process;
    process.setWorkingDirectory(folder);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(call.first(), call.mid(1));
    const bool ended = process.waitForFinished(60'000);
    const QString output = QString::fromUtf8(process.readAll()).trimmed();
    if (!ended || process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        qFatal("%s: %s", qPrintable(call.join(u' ')), qPrintable(output));
    return output;
}

/// Healthy for long enough; the later in the list, the later it was seen.
inline QList<ReleaseRecord> goodReleases(const QStringList &names)
{
    QList<ReleaseRecord> records;
    for (const QString &name : names)
        records.append({QStringLiteral("web"), name, 1000 + records.size(), 2000 + records.size(), goodAfterMs, 0, {}});
    return records;
}

struct Rollback
{
    ServiceConfig service;
    QList<ReleaseRecord> releases;
    std::shared_ptr<CountedRestart> counted = std::make_shared<CountedRestart>();
    std::shared_ptr<RecoveryAction> restart = counted;

    explicit Rollback(const DeploymentConfig &deployment)
    {
        service.name = QStringLiteral("web");
        service.unit = QStringLiteral("web.service");
        service.deployment = deployment;
        service.deployment->goodAfterMs = goodAfterMs;
    }
    [[nodiscard]] Preflight look() const
    {
        LookInput input;
        input.target = service;
        input.type = ActionType::RollbackDeployment;
        input.releases = releases;
        return actionKind(ActionType::RollbackDeployment).look(input);
    }
    [[nodiscard]] ActionRequest intent() const { return intentOf(look()); }
    [[nodiscard]] ActionRequest intentOf(const Preflight &found) const
    {
        ActionRequest request;
        request.id = QStringLiteral("action");
        request.type = ActionType::RollbackDeployment;
        request.target = service.name;
        request.unit = service.unit;
        request.timeoutMs = 60'000;
        request.subject = found.subject;
        request.valueBefore = found.valueBefore;
        request.valueTarget = found.valueTarget;
        return request;
    }
    [[nodiscard]] ActionResult run(const ActionRequest &request) const
    {
        ActionTools tools;
        tools.restartOf = [this](const ServiceConfig &) { return restart; };
        CancelToken token;
        return actionKind(ActionType::RollbackDeployment).make(request, service, tools)->run(request, token);
    }
    [[nodiscard]] QString describe(const ActionRequest &request) const { return actionKind(request.type).describe(request, service); }
};

} // namespace prunella::testing
