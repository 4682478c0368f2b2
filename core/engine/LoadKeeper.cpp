#include "core/engine/LoadKeeper.h"

#include "core/recovery/ScaleInstances.h"

#include <QThreadPool>

namespace prunella {
namespace {

std::optional<QMap<QString, QString>> instancesOf(const ServiceConfig &service)
{
    const auto running = runningInstances(service.resources.instances->templateUnit, service.manager == Manager::SystemdUser);
    if (!running)
        return {};
    QMap<QString, QString> groups;
    for (const Instance &instance : *running)
        groups.insert(instance.unit, instance.controlGroup);
    return groups;
}

} // namespace

LoadKeeper::LoadKeeper(QObject *parent) : LoadKeeper(instancesOf, InstanceLoad(), parent) {}

LoadKeeper::LoadKeeper(Instances instances, InstanceLoad load, QObject *parent)
    : QObject(parent)
    , m_instances(std::move(instances))
    , m_load(std::move(load))
    , m_inbox(std::make_shared<Mailbox<Answer>>([this] { QMetaObject::invokeMethod(this, &LoadKeeper::drain, Qt::QueuedConnection); }))
{
}

void LoadKeeper::look(const QList<ServiceConfig> &services, const Now &now)
{
    QMap<QString, QList<LoadSample>> kept;
    for (const ServiceConfig &service : services) {
        const bool units = service.manager == Manager::Systemd || service.manager == Manager::SystemdUser;
        if (!service.resources.instances || !units)
            continue;
        kept.insert(service.name, m_samples.value(service.name));
        if (m_asked.contains(service.name))
            continue;
        m_asked.insert(service.name);
        QThreadPool::globalInstance()->start([inbox = m_inbox, ask = m_instances, service, now] { inbox->post({service, ask(service), now}); });
    }
    m_samples = kept;
}

void LoadKeeper::drain()
{
    for (const Answer &answer : m_inbox->takeAll())
        take(answer);
}

void LoadKeeper::take(const Answer &answer)
{
    const QString name = answer.service.name;
    m_asked.remove(name);
    if (!answer.instances || !m_samples.contains(name))
        return;
    const QMap<QString, double> loads = m_load.look(*answer.instances, answer.now);
    if (loads.isEmpty() || loads.size() < answer.instances->size())
        return; // the first look, or an instance that has just begun
    double sum = 0;
    for (const double load : loads)
        sum += load;
    const InstancesConfig &config = *answer.service.resources.instances;
    QList<LoadSample> &samples = m_samples[name];
    samples.append({answer.now.monotonicMs, int(loads.size()), sum / double(loads.size())});
    dropOldLoad(samples, config, answer.now.monotonicMs);
    if (scaleBackDue(samples, config, answer.now.monotonicMs)) {
        samples.clear(); // the next one has its own time
        Q_EMIT loadIsLow(name);
    }
}

} // namespace prunella
