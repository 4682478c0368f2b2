#include "core/engine/ReleaseKeeper.h"

#include "core/recovery/ActionKind.h"
#include "core/recovery/ReleaseSwitch.h"

#include <QFileInfo>
#include <QPointer>
#include <QThreadPool>
#include <QUuid>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

ReleaseRecord *find(QList<ReleaseRecord> &records, const QString &release)
{
    const auto it = std::find_if(records.begin(), records.end(), [&](const ReleaseRecord &record) { return record.release == release; });
    return it == records.end() ? nullptr : &*it;
}

ReleaseRecord &recordOf(QList<ReleaseRecord> &records, const QString &service, const QString &release, const Now &now)
{
    if (ReleaseRecord *known = find(records, release))
        return *known;
    records.append({service, release, now.wallMs, now.wallMs, 0, 0, {}});
    return records.last();
}

/// A look may end after the keeper is gone: what it wakes lives on its own, in the engine thread.
std::function<void()> wakerFor(ReleaseKeeper *keeper)
{
    const std::shared_ptr<QObject> waker(new QObject, [](QObject *object) { object->deleteLater(); });
    return [waker, known = QPointer(keeper)] {
        QMetaObject::invokeMethod(waker.get(), [known] {
            if (known)
                Q_EMIT known->answered();
        }, Qt::QueuedConnection);
    };
}

/// What is replaced when another release comes into place, as far as it is a file.
QString touchedBy(const DeploymentConfig &deployment)
{
    switch (deployment.type) {
    case DeploymentType::ReleaseDirectory:
        return deployment.current;
    case DeploymentType::GitWorktree:
        return deployment.path.isEmpty() ? QString() : deployment.path + u"/.git/HEAD"_s;
    default:
        return {}; // the package log has its own watch
    }
}

bool isSamePlace(const DeploymentConfig &one, const DeploymentConfig &other)
{
    return one.type == other.type && one.current == other.current && one.package == other.package && one.path == other.path && one.tags == other.tags;
}

void markDirty(QStringList &dirty, const QString &release)
{
    if (!dirty.contains(release))
        dirty.append(release);
}

} // namespace

ReleaseKeeper::ReleaseKeeper(std::shared_ptr<const Clock> clock, QObject *parent) : ReleaseKeeper(currentRelease, {}, std::move(clock), parent) {}

ReleaseKeeper::ReleaseKeeper(Look look, Times times, std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent)
    , m_look(std::move(look))
    , m_times(times)
    , m_clock(std::move(clock))
    , m_inbox(std::make_shared<Mailbox<Answer>>(wakerFor(this)))
    , m_linksTouched(m_links.fd(), QSocketNotifier::Read)
{
    m_linksTouched.setEnabled(m_links.fd() >= 0);
    connect(&m_linksTouched, &QSocketNotifier::activated, this, &ReleaseKeeper::drainLinks);
}

void ReleaseKeeper::configure(const QList<ServiceConfig> &services)
{
    const QMap<QString, ServiceConfig> before = std::exchange(m_services, {});
    for (const QString &service : before.keys())
        m_links.setSteps(service, {});
    for (const ServiceConfig &service : services) {
        if (!service.deployment || !actionKind(ActionType::RollbackDeployment).supports(service))
            continue;
        m_services.insert(service.name, service);
        if (before.contains(service.name) && !isSamePlace(*before[service.name].deployment, *service.deployment))
            m_entries[service.name].current.clear();
        m_entries[service.name].nextLookMs = 0;
        m_entries[service.name].asked = 0; // an answer of the old configuration tells nothing of the new one
        if (const QFileInfo file(touchedBy(*service.deployment)); !file.fileName().isEmpty())
            m_links.setSteps(service.name, {{file.path(), file.fileName()}});
    }
}

void ReleaseKeeper::restore(const QList<ReleaseRecord> &records)
{
    for (const ReleaseRecord &record : records)
        m_entries[record.service].records.append(record);
    for (Entry &entry : m_entries) {
        const auto last = std::max_element(entry.records.cbegin(), entry.records.cend(), [](const ReleaseRecord &one, const ReleaseRecord &other) {
            return one.lastSeenAt < other.lastSeenAt;
        });
        if (last != entry.records.cend())
            entry.current = last->release; // as the earlier engine saw it last
    }
}

void ReleaseKeeper::drainLinks()
{
    const ChangeInotify::News news = m_links.drain();
    for (const QString &service : m_services.keys()) {
        if (!news.all && news.touched.count(service) == 0)
            continue;
        m_entries[service].touchedWallMs = m_clock->now().wallMs;
        lookNow(service);
    }
}

/// Once more when one is under way: it may have begun before.
void ReleaseKeeper::lookNow(const QString &service)
{
    const auto known = m_services.constFind(service);
    if (known != m_services.cend())
        ask(*known, m_entries[service], m_clock->now());
}

void ReleaseKeeper::note(const RawEvent &event)
{
    QString run;
    if (event.kind == RawEventKind::UnitChanged)
        run = event.unit.invocationId;
    else if (event.kind == RawEventKind::ProcessChanged && event.process.running)
        run = QString::number(event.process.pid);
    const auto it = m_entries.find(event.component);
    if (run.isEmpty() || it == m_entries.end() || it->run == run)
        return;
    const bool anew = !it->run.isEmpty(); // the first one is only what was there already
    it->run = run;
    if (!anew)
        return;
    it->runAtMs = m_clock->now().monotonicMs;
    it->runs = true;
    if (it->asked == 0)
        lookNow(event.component); // deployments restart what they deploy
}

void ReleaseKeeper::count(Entry &entry, bool healthy, const Now &now) const
{
    const qint64 passed = entry.tickedAtMs == 0 ? 0 : now.monotonicMs - entry.tickedAtMs;
    entry.tickedAtMs = now.monotonicMs;
    if (healthy && entry.runs && !entry.current.isEmpty())
        entry.pendingMs += std::clamp<qint64>(passed, 0, m_times.longestTickMs);
}

void ReleaseKeeper::ask(const ServiceConfig &service, Entry &entry, const Now &now)
{
    entry.asked = ++m_round;
    const bool link = service.deployment->type == DeploymentType::ReleaseDirectory;
    entry.nextLookMs = now.monotonicMs + (link ? m_times.linkMs : m_times.otherMs);
    QThreadPool::globalInstance()->start([inbox = m_inbox, look = m_look, service, round = m_round] {
        inbox->post({service.name, round, look(service)});
    });
}

Transaction ReleaseKeeper::tick(const Now &now, const std::function<bool(const QString &service)> &healthy)
{
    Transaction out;
    for (const ServiceConfig &service : std::as_const(m_services)) // what has passed belongs to what was in place until now
        count(m_entries[service.name], healthy(service.name), now);
    for (const Answer &answer : m_inbox->takeAll())
        take(answer, now, out);
    for (const ServiceConfig &service : std::as_const(m_services)) {
        Entry &entry = m_entries[service.name];
        if (entry.asked == 0 && entry.nextLookMs <= now.monotonicMs)
            ask(service, entry, now);
        if (!entry.dirty.isEmpty() && now.monotonicMs - entry.writtenAtMs >= m_times.writeMs) {
            entry.writtenAtMs = now.monotonicMs;
            write(entry, out);
        }
    }
    return out;
}

void ReleaseKeeper::take(const Answer &answer, const Now &now, Transaction &out)
{
    const auto it = m_entries.find(answer.service);
    if (it == m_entries.end() || it->asked != answer.round)
        return;
    Entry &entry = *it;
    entry.asked = 0;
    const QString problem = answer.release ? QString() : answer.release.error().message, before = entry.current;
    if (std::exchange(entry.problem, problem) != problem)
        Q_EMIT problemChanged(answer.service, problem);
    if (!answer.release)
        return;
    const bool wasGood = isGood(answer.service, entry);
    seen(answer.service, entry, *answer.release, now);
    entry.lookedAtMs = now.monotonicMs;
    entry.touchedWallMs = 0;
    if (entry.current != before || isGood(answer.service, entry) != wasGood)
        write(entry, out); // what a rollback is decided by is known at once
}

/// Has the release in place been healthy for long enough?
bool ReleaseKeeper::isGood(const QString &service, Entry &entry) const
{
    const ReleaseRecord *record = find(entry.records, entry.current);
    const auto &deployment = m_services.value(service).deployment;
    return record && deployment && record->healthyMs >= deployment->goodAfterMs;
}

void ReleaseKeeper::seen(const QString &service, Entry &entry, const QString &release, const Now &now)
{
    if (release != entry.current) {
        // Healthy by which of the two? By none, then. A start since the last look was that of the new release.
        entry.pendingMs = 0;
        entry.runs = entry.run.isEmpty() || entry.lookedAtMs == 0 || entry.runAtMs >= entry.lookedAtMs;
        if (!entry.current.isEmpty() && release != entry.expected) // at first sight nothing is known of when it came
            tellDeployed(service, entry, release, now);
        if (!entry.current.isEmpty())
            markDirty(entry.dirty, entry.current);
        entry.expected.clear();
        entry.current = release;
    }
    ReleaseRecord &record = recordOf(entry.records, service, release, now);
    record.lastSeenAt = now.wallMs;
    record.healthyMs += std::exchange(entry.pendingMs, 0);
    markDirty(entry.dirty, release);
}

void ReleaseKeeper::tellDeployed(const QString &service, const Entry &entry, const QString &release, const Now &now)
{
    const DeploymentType type = m_services.value(service).deployment.value_or(DeploymentConfig()).type;
    if (type == DeploymentType::DebianPackage)
        return; // told by the watch over the package log
    const QString versions = entry.current + u" -> "_s + release;
    Q_EMIT deployed({QUuid::createUuid().toString(QUuid::WithoutBraces), ChangeKind::Deployment, service, service, entry.current, release,
                     u"%1 was deployed: %2 (seen)"_s.arg(service, versions), {}, entry.touchedWallMs > 0 ? entry.touchedWallMs : now.wallMs});
}

void ReleaseKeeper::write(Entry &entry, Transaction &out)
{
    for (const QString &release : std::as_const(entry.dirty)) {
        if (const ReleaseRecord *record = find(entry.records, release))
            out.releases.append(*record);
    }
    entry.dirty.clear();
}

Transaction ReleaseKeeper::takeUnwritten()
{
    Transaction out;
    for (Entry &entry : m_entries)
        write(entry, out);
    return out;
}

ReleaseRecord ReleaseKeeper::markFailed(const QString &service, const QString &release, const QString &why, const Now &now)
{
    Entry &entry = m_entries[service];
    ReleaseRecord &record = recordOf(entry.records, service, release, now);
    record.failedAt = now.wallMs;
    record.failedWhy = why;
    entry.dirty.removeAll(release);
    return record;
}

void ReleaseKeeper::expectFrom(const ActionRequest &request)
{
    if (request.type == ActionType::RollbackDeployment)
        m_entries[request.target].expected = request.valueTarget;
}

QList<ReleaseRecord> ReleaseKeeper::rollBack(const ActionRequest &request, const QString &why, const Now &now)
{
    if (request.type != ActionType::RollbackDeployment || request.valueBefore.isEmpty() || request.valueTarget.isEmpty())
        return {};
    Entry &entry = m_entries[request.target];
    entry.expected = request.valueTarget;
    entry.nextLookMs = now.monotonicMs;
    return {markFailed(request.target, request.valueBefore, why, now)};
}

} // namespace prunella
