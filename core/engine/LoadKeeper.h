#pragma once
// How much the instances of scaled services do, so that what was scaled up comes down again.
#include "core/base/Clock.h"
#include "core/base/Mailbox.h"
#include "core/model/ServiceConfig.h"
#include "core/monitoring/InstanceLoad.h"
#include "core/recovery/ScaleBack.h"

#include <QObject>

#include <functional>
#include <memory>

namespace prunella {

/// Looks at the instances of the services it is told of, off the engine thread, and says when one may go.
class LoadKeeper : public QObject
{
    Q_OBJECT
public:
    /// Which instances run, by unit, with their control groups; blocks, called in a pool thread. Nothing: not known now.
    using Instances = std::function<std::optional<QMap<QString, QString>>(const ServiceConfig &)>;

    explicit LoadKeeper(QObject *parent = nullptr);
    LoadKeeper(Instances instances, InstanceLoad load, QObject *parent);

    /// Each ten seconds or so: those that have something to take back. Others are forgotten.
    void look(const QList<ServiceConfig> &services, const Now &now);

Q_SIGNALS:
    void loadIsLow(const QString &service);

private:
    struct Answer { ServiceConfig service; std::optional<QMap<QString, QString>> instances; Now now; };
    void drain();
    void take(const Answer &answer);

    const Instances m_instances;
    InstanceLoad m_load;
    QMap<QString, QList<LoadSample>> m_samples; ///< by service
    QSet<QString> m_asked;                      ///< services whose answer is still to come
    std::shared_ptr<Mailbox<Answer>> m_inbox;   ///< shared: a look that hangs may outlive this object
};

} // namespace prunella
