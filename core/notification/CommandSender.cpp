#include "core/notification/CommandSender.h"

#include "core/notification/NotificationRun.h"

namespace prunella {
CommandSender::CommandSender(QObject *parent) : QObject(parent) {}

CommandSender::~CommandSender() = default; // the runs are children

void CommandSender::run(const CommandCall &call, int timeoutMs, DeliveryDone done)
{
    auto *run = new NotificationRun(std::move(done), this);
    const Status started = run->start(call, timeoutMs);
    if (started)
        return;
    QMetaObject::invokeMethod(run, [run, started] { run->finish(started); }, Qt::QueuedConnection);
}

} // namespace prunella
