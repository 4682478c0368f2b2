#include "core/recovery/ReadyRestart.h"

#include <QElapsedTimer>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr std::chrono::milliseconds againMs{250}; // between two rounds of checks
constexpr qint64 reportMs = 500; // of the action's time is left for its own last word

/// "check 2: connection refused"; empty: all pass.
QString firstFailure(const QList<CheckResult> &results)
{
    if (results.isEmpty())
        return u"the checks did not answer"_s;
    for (const CheckResult &result : results)
        if (!result.ok)
            return u"check %1: "_s.arg(result.index + 1) + result.text;
    return {};
}

QString seconds(qint64 ms)
{
    return QString::number(double(ms) / 1000.0, 'g', 4) + u" s"_s;
}

} // namespace

ReadyRestart::ReadyRestart(std::shared_ptr<RecoveryAction> inner, const ServiceConfig &service, const ActionTools &tools)
    : m_inner(std::move(inner)), m_service(service), m_checkNow(tools.checkNow)
{
}

ActionResult ReadyRestart::run(const ActionRequest &request, CancelToken &token)
{
    QElapsedTimer timer;
    timer.start();
    ActionResult result = m_inner->run(request, token);
    const qint64 left = std::min(m_service.restart.readyTimeoutMs, request.timeoutMs - timer.elapsed() - reportMs);
    if (result.status != ActionStatus::Completed || m_service.health.isEmpty() || !m_checkNow || left <= 0)
        return result;
    result.output += u"; "_s + waitUntilReady(left, token);
    return result;
}

QString ReadyRestart::waitUntilReady(qint64 timeoutMs, CancelToken &token) const
{
    QElapsedTimer timer;
    timer.start();
    QString failing;
    while (true) {
        const qint64 left = timeoutMs - timer.elapsed();
        if (left <= 0)
            return u"not ready after %1: "_s.arg(seconds(timeoutMs)) + failing;
        const QList<CheckResult> results = m_checkNow(m_service.name, int(left), token);
        // The last round may be cut off by the time; what the one before it said is more than that.
        if (const QString now = firstFailure(results); now.isEmpty() || failing.isEmpty() || !results.isEmpty())
            failing = now;
        if (failing.isEmpty())
            return u"ready after "_s + seconds(timer.elapsed());
        if (token.wait(std::min(againMs, std::chrono::milliseconds(std::max<qint64>(timeoutMs - timer.elapsed(), 0)))))
            return u"nobody waited any longer until it was ready: "_s + failing;
    }
}

} // namespace prunella
