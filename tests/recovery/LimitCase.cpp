#include "LimitCase.h"

#include "UnitRestart.h"
#include "core/recovery/SystemdRestart.h"

#include <QDir>
#include <QFile>

using namespace Qt::StringLiterals;

namespace prunella::testing {

LimitCase::LimitCase(ActionType type, const QString &unit, Manager manager) : m_type(type)
{
    service.name = u"web"_s;
    service.unit = unit;
    service.manager = manager;
}

Preflight LimitCase::look(const QMap<QString, QString> &parameters, const QString &causeId) const
{
    LookInput input;
    input.target = service;
    input.type = m_type;
    input.parameters = parameters;
    input.causeId = causeId;
    return actionKind(m_type).look(input);
}

ActionRequest LimitCase::intent(const Preflight &look) const
{
    ActionRequest request;
    request.id = u"action"_s;
    request.type = m_type;
    request.target = service.name;
    request.manager = service.manager;
    request.unit = service.unit;
    request.timeoutMs = 20'000;
    request.subject = look.subject;
    request.valueBefore = look.valueBefore;
    request.valueTarget = look.valueTarget;
    request.plan = look.plan;
    request.idempotent = look.idempotent;
    return request;
}

ActionResult LimitCase::run(const ActionRequest &request) const
{
    ActionTools tools;
    tools.system = std::make_shared<SystemdRestart>(false);
    tools.user = std::make_shared<SystemdRestart>(true);
    tools.restartOf = [tools](const ServiceConfig &config) -> std::shared_ptr<RecoveryAction> {
        return config.manager == Manager::SystemdUser ? tools.user : tools.system;
    };
    const auto action = actionKind(m_type).make(request, service, tools);
    CancelToken token;
    return action ? action->run(request, token) : failed(request, FailureKind::Failed, u"no action was made"_s);
}

ActionRequest LimitCase::inverse(const ActionRequest &done) const { return actionKind(m_type).inverse(done); }

QString LimitCase::describe(const ActionRequest &request) const { return actionKind(m_type).describe(request, service); }

void putFile(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(QFileInfo(path).path());
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s; run this test in tests/support/systemd-sandbox", qPrintable(path));
}

QByteArray fileBytes(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void putUnit(const QString &unit, const QString &lines)
{
    putFile(u"/run/systemd/system/"_s + unit, u"[Unit]\nStartLimitIntervalSec=0\n[Service]\n%1\n"_s.arg(lines).toUtf8());
    systemctl({u"daemon-reload"_s});
}

bool unifiedGroups() { return QFile::exists(u"/sys/fs/cgroup/cgroup.controllers"_s); }

QByteArray kernelWord(const QString &unit, const QString &file)
{
    const QString group = unitProperty(unit, u"ControlGroup"_s);
    if (unifiedGroups())
        return fileBytes(u"/sys/fs/cgroup%1/%2"_s.arg(group, file)).trimmed().split(' ').constFirst();
    const QMap<QString, QString> names{{u"memory.max"_s, u"memory%1/memory.limit_in_bytes"_s}, {u"cpu.max"_s, u"cpu%1/cpu.cfs_quota_us"_s},
                                       {u"pids.max"_s, u"pids%1/pids.max"_s}, {u"cpu.weight"_s, u"cpu%1/cpu.shares"_s}};
    return fileBytes(u"/sys/fs/cgroup/"_s + names.value(file).arg(group)).trimmed();
}

QByteArray openFilesLimit(const QString &unit, const QStringList &scope)
{
    for (const QByteArray &line : fileBytes(u"/proc/%1/limits"_s.arg(unitProperty(unit, u"MainPID"_s, scope))).split('\n'))
        if (line.startsWith("Max open files"))
            return line.simplified().split(' ').value(3);
    return {};
}

} // namespace prunella::testing
