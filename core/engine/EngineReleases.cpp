// What is deployed: the keeper of releases in the live engine.
#include "core/engine/EngineWorker.h"
#include "core/engine/LoadKeeper.h"
#include "core/engine/ReleaseKeeper.h"

namespace prunella {

void EngineWorker::wireReleases()
{
    connect(m_releases.get(), &ReleaseKeeper::deployed, &m_changes, &ChangeKeeper::seen);
    connect(m_releases.get(), &ReleaseKeeper::problemChanged, this, [this](const QString &service, const QString &text) {
        notice(QStringLiteral("release/") + service, NoticeLevel::Warning, text.isEmpty() ? QString() : QStringLiteral("release of %1: %2").arg(service, text));
    });
    const auto tick = [this] {
        if (!m_live || m_releases->isEmpty())
            return;
        const Transaction transaction = m_releases->tick(m_clock->now(), [this](const QString &service) {
            const auto *entry = m_board.entry(service);
            return entry && entry->health == Health::Healthy;
        });
        if (!transaction.isEmpty())
            m_store->commit(transaction, [](const CommitResult &) {});
    };
    connect(m_releases.get(), &ReleaseKeeper::answered, this, tick);
    auto *ticks = new QTimer(this);
    connect(ticks, &QTimer::timeout, this, tick);
    ticks->start(1000);
}

/// A release that is rolled back is marked in the transaction that has the intent.
PipelineOutput EngineWorker::withRollbacks(PipelineOutput output)
{
    for (const JournalIntent &intent : std::as_const(output.transaction.intents)) {
        const Incident *incident = m_pipeline.incident(intent.request.incidentId);
        output.transaction.releases.append(m_releases->rollBack(intent.request, incident ? incident->summary : QString(), m_clock->now()));
    }
    return output;
}

/// What was scaled up is looked at until it has come down again.
void EngineWorker::wireLoad()
{
    constexpr int everyMs = 5000;
    auto *load = new LoadKeeper(this);
    auto *timer = new QTimer(this);
    connect(timer, &QTimer::timeout, this, [this, load, timer] {
        QList<ServiceConfig> scaled;
        qint64 soonest = everyMs;
        for (const Reversion &reversion : m_pipeline.reversions().all()) {
            const ServiceConfig *service = reversion.dueAt == 0 ? m_pipeline.service(reversion.inverse.target) : nullptr;
            if (!service || !service->resources.instances)
                continue;
            scaled.append(*service);
            soonest = std::min(soonest, service->resources.instances->scaleBackAfterMs / 6); // samples without a hole
        }
        timer->setInterval(int(std::max<qint64>(soonest, 100)));
        load->look(scaled, m_clock->now());
    });
    connect(load, &LoadKeeper::loadIsLow, this, [this](const QString &service) { handle(m_pipeline.loadIsLow(service, m_clock->now())); });
    timer->start(everyMs);
}

} // namespace prunella
