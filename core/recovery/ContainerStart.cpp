#include "core/recovery/ContainerStart.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

QString exitText(const QString &container, const QJsonObject &state)
{
    QString text = u"%1 ended right after its start: exit code %2"_s.arg(container).arg(state.value("ExitCode"_L1).toInt());
    if (state.value("OOMKilled"_L1).toBool())
        text += u", killed for want of memory"_s;
    if (const QString error = state.value("Error"_L1).toString(); !error.isEmpty())
        text += u", "_s + error;
    return text;
}

QString healthText(const QString &container, const QJsonObject &health)
{
    const auto log = health.value("Log"_L1).toArray();
    const QString output = log.isEmpty() ? QString() : log.last().toObject().value("Output"_L1).toString().trimmed().left(500);
    return container + u" runs, but its health check says "_s + health.value("Status"_L1).toString() + (output.isEmpty() ? QString() : u": "_s + output);
}

} // namespace

Result<qint64> awaitContainer(const ContainerApi &api, const QString &container, const CancelToken &token, ContainerDeadline deadline,
                              const ContainerTiming &timing)
{
    const auto alive = Time::now() + milliseconds(timing.aliveMs);
    auto nextCheck = Time::now() + milliseconds(timing.aliveMs);
    QString waitedFor = container + u" did not run in time"_s;
    while (true) {
        const auto inspected = api.inspect(container);
        if (!inspected)
            return tl::unexpected(inspected.error());
        const QJsonObject state = inspected->value("State"_L1).toObject();
        if (!state.value("Running"_L1).toBool() || state.value("Restarting"_L1).toBool()) {
            const QString log = api.lastLog(container);
            return failure(ErrorCode::Io, exitText(container, state) + (log.isEmpty() ? QString() : u'\n' + log));
        }
        const QJsonObject health = state.value("Health"_L1).toObject();
        const QString status = health.value("Status"_L1).toString();
        const bool asked = !status.isEmpty() && status != "none"_L1;
        if (Time::now() >= alive && (!asked || status == "healthy"_L1))
            return qint64(state.value("Pid"_L1).toInteger());
        if (status == "unhealthy"_L1)
            return failure(ErrorCode::Io, healthText(container, health));
        if (asked)
            waitedFor = healthText(container, health);
        if (asked && Time::now() >= nextCheck) { // podman without systemd runs none by itself
            api.runHealthCheck(container);
            nextCheck = Time::now() + milliseconds(1000);
        }
        if (Time::now() >= deadline || token.wait(milliseconds(timing.lookMs)))
            return failure(ErrorCode::Timeout, waitedFor);
    }
}

int stopSeconds(const QJsonObject &inspected, int timeoutMs)
{
    constexpr int usual = 10; // docker's own default
    const int own = inspected.value("Config"_L1).toObject().value("StopTimeout"_L1).toInt(usual);
    return std::clamp(own < 0 ? timeoutMs / 2000 : own, 0, std::max(1, timeoutMs / 2000));
}

ActionResult containerFailure(const ActionRequest &request, const Error &error, const CancelToken &token, const QString &done)
{
    const QString text = done.isEmpty() ? error.message : done + u"; "_s + error.message;
    if (token.isCancelled())
        return cancelled(request, text);
    switch (error.code) {
    case ErrorCode::NotAuthorised: return failed(request, FailureKind::NotAuthorised, text);
    case ErrorCode::Timeout: return failed(request, FailureKind::Timeout, text);
    case ErrorCode::Unavailable: return failed(request, FailureKind::NoBus, text);
    default: return failed(request, FailureKind::Failed, text);
    }
}

} // namespace prunella
