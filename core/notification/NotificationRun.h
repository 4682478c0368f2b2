#pragma once
// One run of a channel's command; deletes itself when it has answered.
#include "core/notification/CommandCall.h"
#include "core/notification/Delivery.h"

#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>
#include <sys/types.h>

namespace prunella {

class NotificationRun : public QObject
{
    Q_OBJECT
public:
    NotificationRun(DeliveryDone done, QObject *parent);
    ~NotificationRun() override; ///< kills the group when it still runs

    [[nodiscard]] Status start(const CommandCall &call, int timeoutMs);
    /// Answers and goes.
    void finish(const Status &status);

private:
    void watch(int processFd, int errorsFd, int timeoutMs);
    void drain();
    void stopIt();
    void ended();
    [[nodiscard]] QString lastLine() const;

    DeliveryDone m_done;
    QString m_program;
    pid_t m_pid = -1;                 ///< and its process group; -1: nothing to end
    int m_processFd = -1, m_errorsFd = -1;
    int m_timeoutMs = 0;
    bool m_timedOut = false;
    QByteArray m_errors;              ///< the newest 4 KiB
    std::unique_ptr<QSocketNotifier> m_processWatch, m_errorsWatch;
    QTimer m_timer;
};

} // namespace prunella
