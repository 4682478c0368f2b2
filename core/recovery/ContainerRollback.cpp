#include "core/recovery/ContainerRollback.h"

#include "core/base/Failpoint.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerCopy.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

QString imageOf(const QJsonObject &inspected) { return inspected.value("Image"_L1).toString(); }
bool isRunning(const QJsonObject &inspected) { return inspected.value("State"_L1).toObject().value("Running"_L1).toBool(); }

/// "sha256:0123456789ab…" -> "0123456789ab", as docker shows it
QString shortId(const QString &image) { return (image.startsWith("sha256:"_L1) ? image.mid(7) : image).left(12); }

Result<QJsonObject> configOfImage(const ContainerApi &api, const QString &image)
{
    const auto answer = api.call("GET", u"/v1.41/images/%1/json"_s.arg(image));
    if (!answer)
        return tl::unexpected(answer.error());
    return QJsonDocument::fromJson(answer->body).object().value("Config"_L1).toObject(); // gone: nothing to take out
}

std::optional<QString> lastGoodImage(const QList<ReleaseRecord> &releases, const QString &current, qint64 goodAfterMs)
{
    const ReleaseRecord *best = nullptr;
    for (const ReleaseRecord &record : releases) {
        const bool good = record.failedAt == 0 && record.healthyMs >= goodAfterMs && record.release != current;
        if (good && (!best || record.lastSeenAt > best->lastSeenAt))
            best = &record;
    }
    return best ? std::optional(best->release) : std::nullopt;
}

/// One rollback; lives for one run().
class Recreation
{
public:
    Recreation(const ServiceConfig &service, const ActionRequest &request, CancelToken &token, const ContainerTiming &timing)
        : m_name(service.container), m_old(service.container + u"-prunella-old"_s), m_request(request), m_token(token), m_timing(timing)
        , m_deadline(Time::now() + milliseconds(request.timeoutMs)), m_api(service.socket, token), m_sure(service.socket, m_never)
    {
    }
    ActionResult run();

private:
    Status settleOld();
    ActionResult goOn(const QJsonObject &inspected);
    Result<qint64> makeAndStart(const QJsonObject &inspected, int stopWithin);
    ActionResult putBack(const Error &why, bool wasRunning);
    ActionResult finish(qint64 pid);

    const QString m_name, m_old;
    const ActionRequest &m_request;
    CancelToken &m_token;
    const CancelToken m_never;   ///< for the way back, which a cancelled action goes too
    const ContainerTiming &m_timing;
    const ContainerDeadline m_deadline;
    const ContainerApi m_api, m_sure;
};

/// What an earlier engine left halfway: without the name's own container the old one gets its name back.
Status Recreation::settleOld()
{
    const auto named = m_api.inspect(m_name), old = m_api.inspect(m_old);
    if (!named && named.error().code == ErrorCode::NotFound && old)
        return m_api.rename(m_old, m_name);
    if (!named)
        return tl::unexpected(named.error());
    if (!old || isRunning(*named))
        return {};
    // Made but not started, or ended: begin again from the old one.
    if (const Status removed = m_api.remove(m_name); !removed)
        return removed;
    return m_api.rename(m_old, m_name);
}

ActionResult Recreation::run()
{
    if (const Status settled = settleOld(); !settled)
        return containerFailure(m_request, settled.error(), m_token);
    const auto inspected = m_api.inspect(m_name);
    if (!inspected)
        return containerFailure(m_request, inspected.error(), m_token);
    if (imageOf(*inspected) == m_request.valueTarget) {
        if (!isRunning(*inspected))
            (void)m_api.start(m_name);
        const auto pid = awaitContainer(m_api, m_name, m_token, m_deadline, m_timing);
        return pid ? finish(*pid) : containerFailure(m_request, pid.error(), m_token);
    }
    if (imageOf(*inspected) != m_request.valueBefore)
        return failed(m_request, FailureKind::Failed, u"container %1 is made of image %2 by now and not %3: nothing was done"_s
                          .arg(m_name, shortId(imageOf(*inspected)), shortId(m_request.valueBefore)));
    if (const auto there = m_api.imageId(m_request.valueTarget); !there)
        return containerFailure(m_request, there.error(), m_token);
    return goOn(*inspected);
}

ActionResult Recreation::goOn(const QJsonObject &inspected)
{
    const bool wasRunning = isRunning(inspected);
    (void)m_api.remove(m_old); // of an earlier rollback that could not take it away
    if (const Status renamed = m_api.rename(m_name, m_old); !renamed)
        return containerFailure(m_request, renamed.error(), m_token);
    failpoint("call_sent");
    const auto pid = makeAndStart(inspected, stopSeconds(inspected, m_request.timeoutMs));
    return pid ? finish(*pid) : putBack(pid.error(), wasRunning);
}

/// The new one is made before the old one is stopped: what cannot be made costs no outage.
Result<qint64> Recreation::makeAndStart(const QJsonObject &inspected, int stopWithin)
{
    const auto image = configOfImage(m_api, imageOf(inspected));
    if (!image)
        return tl::unexpected(image.error());
    const ContainerCopy copy = copyOf(inspected, m_request.valueTarget, *image);
    if (const Status created = m_api.create(m_name, copy.config); !created)
        return tl::unexpected(created.error());
    for (auto it = copy.networks.cbegin(); it != copy.networks.cend(); ++it) {
        if (const Status connected = m_api.connect(m_name, it.key(), it.value()); !connected)
            return tl::unexpected(connected.error());
    }
    if (const Status stopped = m_api.stop(m_old, stopWithin); !stopped)
        return tl::unexpected(stopped.error());
    if (const Status started = m_api.start(m_name); !started)
        return tl::unexpected(started.error());
    return awaitContainer(m_api, m_name, m_token, m_deadline, m_timing);
}

ActionResult Recreation::putBack(const Error &why, bool wasRunning)
{
    const Status removed = m_sure.remove(m_name);
    Status back = removed || removed.error().code == ErrorCode::NotFound ? m_sure.rename(m_old, m_name) : removed;
    if (back && wasRunning)
        back = m_sure.start(m_name);
    const QString image = shortId(m_request.valueTarget);
    if (!back) {
        ActionResult result = containerFailure(m_request, why, m_token, u"image %1 does not run"_s.arg(image));
        result.status = ActionStatus::Unknown; // a person must look
        result.output += u"; and container %1 could not be put back: %2"_s.arg(m_old, back.error().message);
        return result;
    }
    return containerFailure(m_request, why, m_token, u"container %1 with image %2 was put back%3, because image %4 does not run"_s
                                .arg(m_name, shortId(m_request.valueBefore), wasRunning ? u" and started"_s : QString(), image));
}

ActionResult Recreation::finish(qint64 pid)
{
    failpoint("job_done");
    QString text = u"container %1 runs image %2, pid %3"_s.arg(m_name, shortId(m_request.valueTarget)).arg(pid);
    if (const Status removed = m_sure.remove(m_old); !removed && removed.error().code != ErrorCode::NotFound)
        text += u"; %1 could not be removed: %2"_s.arg(m_old, removed.error().message);
    return completed(m_request, text, pid);
}

} // namespace

Preflight ContainerRollback::look(const LookInput &input)
{
    Preflight look;
    look.subject = u"release"_s;
    look.idempotent = true;
    const CancelToken token;
    const ContainerApi api(input.target.socket, token);
    const auto inspected = api.inspect(input.target.container);
    if (!inspected) {
        look.objection = refusalOf(inspected.error());
        return look;
    }
    look.valueBefore = imageOf(*inspected);
    if (inspected->value("HostConfig"_L1).toObject().value("AutoRemove"_L1).toBool()) {
        look.objection = RecoveryDecision{Decision::Refuse, Reason::NoAction,
            u"container %1 is removed by the daemon when it stops (--rm): there would be no way back"_s.arg(input.target.container), 0};
        return look;
    }
    QList<ReleaseRecord> left = input.releases;
    QString gone;
    const qint64 goodAfterMs = input.target.deployment ? input.target.deployment->goodAfterMs : 0;
    for (auto best = lastGoodImage(left, look.valueBefore, goodAfterMs); best; best = lastGoodImage(left, look.valueBefore, goodAfterMs)) {
        const auto there = api.imageId(*best);
        if (there) {
            look.valueTarget = *best;
            return look;
        }
        if (there.error().code != ErrorCode::NotFound) {
            look.objection = refusalOf(there.error());
            return look;
        }
        gone += u"; image %1 is no longer here"_s.arg(shortId(*best));
        left.removeIf([&](const ReleaseRecord &record) { return record.release == *best; });
    }
    look.objection = RecoveryDecision{Decision::Refuse, Reason::NoGoodRelease,
        u"no earlier image of %1 is known to have been healthy for long enough"_s.arg(input.target.name) + gone, 0};
    return look;
}

QString ContainerRollback::describe(const ActionRequest &request, const ServiceConfig &service)
{
    if (request.valueTarget.isEmpty())
        return {};
    return u"make container %1 anew from image %2 (now %3); the old one is put back when the new one does not run"_s
        .arg(service.container, shortId(request.valueTarget), shortId(request.valueBefore));
}

ActionResult ContainerRollback::run(const ActionRequest &request, CancelToken &token)
{
    return Recreation(m_service, request, token, m_timing).run();
}

Result<QString> currentContainerImage(const ServiceConfig &service)
{
    const CancelToken token;
    const auto inspected = ContainerApi(service.socket, token).inspect(service.container);
    if (!inspected)
        return tl::unexpected(inspected.error());
    return imageOf(*inspected);
}

} // namespace prunella
