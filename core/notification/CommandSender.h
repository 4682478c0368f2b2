#pragma once
// Runs the command of a channel: an argument vector, never a shell. Asynchronous, in the caller's event loop.
#include "core/notification/CommandCall.h"
#include "core/notification/Delivery.h"

#include <QObject>

namespace prunella {

class CommandSender : public QObject
{
    Q_OBJECT
public:
    explicit CommandSender(QObject *parent = nullptr);
    ~CommandSender() override; ///< ends what still runs, and its children

    /// Delivered means: it ended with status 0 in time. Always answers, later. It leads a process group of its own;
    /// when it ended, or its time is over (SIGTERM, one second later SIGKILL), nothing of the group is left running.
    /// NotFound and NotAuthorised: it cannot be started. Its last line on standard error stands in the error.
    void run(const CommandCall &call, int timeoutMs, DeliveryDone done);
};

} // namespace prunella
