#pragma once
// The end of a process, at once, through pidfd: no polling, and no mistaking a new process for an old one.
#include "core/base/Clock.h"
#include "core/base/Result.h"
#include "core/model/Events.h"

#include <QObject>
#include <QSocketNotifier>
#include <map>
#include <memory>

namespace prunella {

class PidWatcher : public QObject
{
    Q_OBJECT
public:
    explicit PidWatcher(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~PidWatcher() override;

    /// Watches the process of a service, in place of the one watched before. A child of ours is reaped here when it
    /// ends; an adopted process (isChild false) ends with exitKnown=false. NotFound: no such process.
    /// For an adopted pid compare its start time after this call: from here on the pid cannot be another's.
    [[nodiscard]] Status watch(const QString &service, qint64 pid, bool isChild);
    void unwatch(const QString &service);
    /// Its end is no crash: we or a person are about to end it.
    void markStopRequested(const QString &service, bool requested = true);
    [[nodiscard]] std::optional<qint64> pidOf(const QString &service) const;

Q_SIGNALS:
    void eventReady(const prunella::RawEvent &event);

private:
    struct Watched {
        int fd = -1;
        qint64 pid = 0;
        bool isChild = false, stopRequested = false;
        std::unique_ptr<QSocketNotifier> notifier = {};
    };
    void ended(const QString &service);
    static void release(Watched &watched);

    std::shared_ptr<const Clock> m_clock;
    std::map<QString, Watched> m_watched;
};

} // namespace prunella
