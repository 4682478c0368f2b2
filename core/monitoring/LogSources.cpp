#include "core/monitoring/LogSources.h"

#include "core/monitoring/LogPosition.h"

namespace prunella {
using namespace Qt::StringLiterals;

LogSources::LogSources(std::shared_ptr<const Clock> clock, QObject *parent) : QObject(parent), m_clock(std::move(clock)) {}

LogSources::~LogSources() = default;

void LogSources::setServices(const QList<ServiceConfig> &services)
{
    m_services = services;
    apply();
}

void LogSources::setFile(const QString &service, const QString &path)
{
    if (m_files.value(service) == path)
        return;
    m_files.insert(service, path);
    const QString key = service + u"/file:"_s + path;
    if (!path.isEmpty() && !m_positions.contains(key))
        m_positions.insert(key, toText(LogPositions())); // as if looked for before it was there
    apply();
}

void LogSources::start()
{
    if (m_thread)
        return;
    m_thread = std::make_unique<LogThread>(m_clock, [this] { QMetaObject::invokeMethod(this, &LogSources::take, Qt::QueuedConnection); });
    apply();
}

void LogSources::stop()
{
    if (!m_thread)
        return;
    m_thread->stop();
    take();
    m_thread.reset();
}

void LogSources::apply()
{
    if (!m_thread)
        return;
    LogPlan fresh = plan();
    forgetOthers(fresh);
    m_thread->setPlan(std::move(fresh));
}

LogPlan LogSources::plan() const
{
    LogPlan plan;
    plan.positions = m_positions;
    for (const ServiceConfig &service : m_services) {
        for (const LogSourceConfig &log : service.logs) {
            if (log.journal && service.manager == Manager::Systemd)
                plan.journal.system[service.unit].append(service.name);
            else if (log.journal && service.manager == Manager::SystemdUser)
                plan.journal.user[service.unit].append(service.name);
            else if (!log.file.isEmpty())
                plan.files.append({service.name, log.file});
            else if (!log.command.isEmpty())
                plan.commands.append({service.name, log.command});
        }
        if (const QString file = m_files.value(service.name); !file.isEmpty() && !plan.files.contains(LogFileSource{service.name, file}))
            plan.files.append({service.name, file});
    }
    return plan;
}

/// A source that comes back much later starts from its end, as a new one.
void LogSources::forgetOthers(const LogPlan &plan)
{
    QSet<QString> keys;
    for (const LogFileSource &file : plan.files)
        keys.insert(file.component + u"/file:"_s + file.path);
    if (!plan.journal.system.isEmpty() || !plan.journal.user.isEmpty())
        keys.insert(u"journal"_s);
    // The file of a managed process is told only when the process is found.
    const auto isProcess = [this](const QString &name) {
        return std::any_of(m_services.cbegin(), m_services.cend(), [&name](const ServiceConfig &service) {
            return service.name == name && service.manager == Manager::Process;
        });
    };
    QMap<QString, QString> gone;
    for (auto it = m_positions.cbegin(); it != m_positions.cend(); ++it) {
        if (!keys.contains(it.key()) && !isProcess(it.key().section(u'/', 0, 0)))
            gone.insert(it.key(), {});
    }
    for (auto it = gone.cbegin(); it != gone.cend(); ++it)
        m_positions.remove(it.key());
    if (!gone.isEmpty())
        Q_EMIT positionsChanged(gone);
}

void LogSources::take()
{
    if (!m_thread)
        return;
    for (const LogBatch &batch : m_thread->takeAll()) {
        if (!batch.lines.isEmpty())
            Q_EMIT linesReady(batch.lines);
        for (auto it = batch.problems.cbegin(); it != batch.problems.cend(); ++it)
            Q_EMIT problemChanged(it.key(), it.value());
        m_positions.insert(batch.positions);
        if (!batch.positions.isEmpty())
            Q_EMIT positionsChanged(batch.positions);
    }
}

} // namespace prunella
