#include "core/monitoring/ChangeWatch.h"

#include <QSet>
#include <QUuid>

#include <sys/utsname.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

// Keys of the memory. Files stand behind "file/" with their service, so that no service's name can be taken for another key.
const QString kernelKey = u"kernel"_s, packagesKey = u"packages"_s, filePrefix = u"file/"_s;

} // namespace

std::optional<ChangeRecord> kernelChange(const QString &before, const QString &release, const Now &now)
{
    if (before.isEmpty() || release.isEmpty() || before == release)
        return std::nullopt;
    return ChangeRecord{QUuid::createUuid().toString(QUuid::WithoutBraces), ChangeKind::Kernel, {}, u"kernel"_s, before, release,
                        u"the kernel is another one since the last boot: %1 -> %2"_s.arg(before, release), {}, now.wallMs - now.bootMs};
}

ChangeWatch::ChangeWatch(std::shared_ptr<const Clock> clock, Places places, QObject *parent)
    : QObject(parent), m_clock(std::move(clock)), m_places(std::move(places))
{
}

ChangeWatch::~ChangeWatch()
{
    stop();
}

void ChangeWatch::setServices(const QList<ServiceConfig> &services)
{
    m_services = services;
    const auto facts = std::exchange(m_facts, {});
    for (const ServiceConfig &service : services) {
        if (facts.contains(service.name))
            m_facts.insert(service.name, facts.value(service.name));
    }
    if (!m_thread)
        return;
    setUp(m_system, Manager::Systemd);
    setUp(m_user, Manager::SystemdUser);
    apply();
}

void ChangeWatch::setMemory(const QMap<QString, QString> &memory)
{
    m_memory = memory;
}

void ChangeWatch::start()
{
    if (m_thread)
        return;
    m_thread = std::make_unique<ChangeThread>(m_clock, [this] { QMetaObject::invokeMethod(this, &ChangeWatch::take, Qt::QueuedConnection); });
    lookAtKernel();
    setServices(QList<ServiceConfig>(m_services));
}

void ChangeWatch::stop()
{
    for (auto *files : {m_system.get(), m_user.get()}) {
        if (files)
            files->stop();
    }
    if (!m_thread)
        return;
    m_thread->stop();
    take();
    m_thread.reset();
}

void ChangeWatch::setUp(std::unique_ptr<UnitFiles> &files, Manager manager)
{
    QStringList units;
    for (const ServiceConfig &service : std::as_const(m_services)) {
        if (service.manager == manager)
            units.append(service.unit);
    }
    if (!files && units.isEmpty())
        return;
    if (!files) {
        files = std::make_unique<UnitFiles>(manager == Manager::SystemdUser);
        connect(files.get(), &UnitFiles::told, this, [this, manager](const QString &unit, const UnitFileFacts &facts) {
            for (const ServiceConfig &service : std::as_const(m_services)) {
                if (service.manager == manager && service.unit == unit)
                    m_facts.insert(service.name, facts);
            }
            apply();
        });
    }
    files->setUnits(units);
    files->start();
}

void ChangeWatch::lookAtKernel()
{
    utsname names = {};
    if (::uname(&names) != 0)
        return;
    const QString release = QString::fromUtf8(names.release), before = m_memory.value(kernelKey);
    if (release == before)
        return;
    m_memory.insert(kernelKey, release);
    const auto record = kernelChange(before, release, m_clock->now());
    Q_EMIT changed(record ? QList<ChangeRecord>{*record} : QList<ChangeRecord>(), {{kernelKey, release}});
}

void ChangeWatch::apply()
{
    if (!m_thread)
        return;
    forgetOthers();
    m_thread->setPlan(plan());
}

ChangePlan ChangeWatch::plan() const
{
    ChangePlan plan;
    plan.packageLog = m_places.packageLog;
    plan.packageInfo = m_places.packageInfo;
    plan.packagePosition = m_memory.value(packagesKey);
    for (auto it = m_memory.lowerBound(filePrefix); it != m_memory.cend() && it.key().startsWith(filePrefix); ++it)
        plan.known.insert(it.key().mid(filePrefix.size()), it.value());
    for (const ServiceConfig &service : m_services) {
        plan.paths.append(configuredPaths(service));
        const UnitFileFacts facts = m_facts.value(service.name);
        if (!service.unit.isEmpty()) // where drop-ins may appear is known before systemd has told the rest
            plan.paths.append(unitPaths(service, facts));
        plan.owned.insert(service.name, ownedPaths(service, facts));
    }
    return plan;
}

/// A service that comes back much later starts anew.
void ChangeWatch::forgetOthers()
{
    QSet<QString> names;
    for (const ServiceConfig &service : std::as_const(m_services))
        names.insert(service.name);
    QMap<QString, QString> gone;
    for (auto it = m_memory.cbegin(); it != m_memory.cend(); ++it) {
        if (it.key().startsWith(filePrefix) && !names.contains(it.key().mid(filePrefix.size()).section(u' ', 0, 0)))
            gone.insert(it.key(), {});
    }
    for (auto it = gone.cbegin(); it != gone.cend(); ++it)
        m_memory.remove(it.key());
    if (!gone.isEmpty())
        Q_EMIT changed({}, gone);
}

void ChangeWatch::take()
{
    if (!m_thread)
        return;
    for (const ChangeBatch &batch : m_thread->takeAll()) {
        QMap<QString, QString> memory;
        for (auto it = batch.remembered.cbegin(); it != batch.remembered.cend(); ++it)
            memory.insert(filePrefix + it.key(), it.value());
        if (batch.packagePosition)
            memory.insert(packagesKey, *batch.packagePosition);
        for (auto it = memory.cbegin(); it != memory.cend(); ++it) {
            if (it.value().isEmpty())
                m_memory.remove(it.key());
            else
                m_memory.insert(it.key(), it.value());
        }
        if (batch.problem)
            Q_EMIT problemChanged(*batch.problem);
        if (!batch.changes.isEmpty() || !memory.isEmpty())
            Q_EMIT changed(batch.changes, memory);
    }
}

} // namespace prunella
