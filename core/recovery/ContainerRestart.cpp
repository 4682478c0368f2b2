#include "core/recovery/ContainerRestart.h"

#include "core/base/Failpoint.h"
#include "core/config/ContainerSocket.h"

using namespace Qt::StringLiterals;

namespace prunella {

QString ContainerRestart::describe(const ServiceConfig &service)
{
    const QString socket = containerSocket(service.socket);
    return u"POST /containers/%1/restart at %2"_s.arg(service.container, socket.isEmpty() ? u"the container daemon's socket"_s : socket);
}

ActionResult ContainerRestart::run(const ActionRequest &request, CancelToken &token)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeoutMs);
    const ContainerApi api(m_service.socket, token);
    const auto before = api.inspect(m_service.container);
    if (!before)
        return containerFailure(request, before.error(), token);
    const Status restarted = api.restart(m_service.container, stopSeconds(*before, request.timeoutMs), request.timeoutMs);
    if (!restarted)
        return containerFailure(request, restarted.error(), token, u"restart of container "_s + m_service.container);
    failpoint("call_sent");
    const auto pid = awaitContainer(api, m_service.container, token, deadline, m_timing);
    if (!pid)
        return containerFailure(request, pid.error(), token);
    failpoint("job_done");
    return completed(request, u"container %1 runs, pid %2"_s.arg(m_service.container).arg(*pid), *pid);
}

} // namespace prunella
