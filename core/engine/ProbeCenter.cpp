#include "core/engine/ProbeCenter.h"

#include "core/monitoring/TreeProbe.h"

#include <QDeadlineTimer>
#include <QFuture>
#include <QPromise>
#include <QTimer>

namespace prunella {
namespace {

constexpr int threads = 4;
constexpr qint64 marginMs = 500;  // a probe ends by itself at its timeout; this is for those that cannot
constexpr qint64 stopMs = 1500;

} // namespace

ProbeCenter::ProbeCenter(std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_clock(std::move(clock)), m_pool(std::make_unique<QThreadPool>())
{
    m_pool->setMaxThreadCount(threads);
}

ProbeCenter::~ProbeCenter()
{
    stop();
}

void ProbeCenter::run(const QList<ProbeRound> &rounds)
{
    for (const ProbeRound &round : rounds)
        start(round);
}

void ProbeCenter::start(const ProbeRound &round)
{
    if (!m_pool || round.orders.isEmpty())
        return;
    Open &open = m_open[round.round];
    open = {round, {}, std::make_shared<MonitorCancel>()};
    qint64 longest = 0;
    for (const ProbeOrder &order : round.orders) {
        longest = std::max(longest, order.timeoutMs);
        auto promise = std::make_shared<QPromise<Fact>>();
        promise->start();
        promise->future().then(this, [this, id = round.round, key = order.key](const Fact &fact) { take(id, key, fact); });
        m_pool->start([promise, order, now = m_clock->now(), cancel = open.cancel] {
            promise->addResult(cancel->isCancelled() ? unknownFact({}) : runTreeProbe(order, now, *cancel));
            promise->finish();
        });
    }
    QTimer::singleShot(int(longest + marginMs), Qt::PreciseTimer, this, [this, id = round.round] { expire(id); });
}

void ProbeCenter::take(quint64 round, const QString &key, Fact fact)
{
    const auto it = m_open.find(round);
    if (it == m_open.end())
        return; // too late
    fact.wallMs = m_clock->now().wallMs;
    it->second.facts.insert(key, fact);
    if (it->second.facts.size() < it->second.round.orders.size())
        return;
    const ProbeAnswers answers{it->second.round.incidentId, round, it->second.facts};
    m_open.erase(it);
    Q_EMIT answered(answers);
}

void ProbeCenter::expire(quint64 round)
{
    const auto it = m_open.find(round);
    if (it == m_open.end())
        return;
    it->second.cancel->cancel();
    const QList<ProbeOrder> orders = it->second.round.orders;
    const Evidence came = it->second.facts;
    for (const ProbeOrder &order : orders) {
        if (!came.contains(order.key))
            take(round, order.key, unknownFact(QStringLiteral("%1: no answer within %2 s").arg(toString(order)).arg(double(order.timeoutMs) / 1000)));
    }
}

void ProbeCenter::stop()
{
    if (!m_pool)
        return;
    for (auto &[id, open] : m_open)
        open.cancel->cancel();
    m_open.clear();
    m_pool->clear();
    if (!m_pool->waitForDone(stopMs)) // it hangs in the kernel. QThreadPool would wait for it without end, so the pool is left to it.
        static_cast<void>(m_pool.release());
    m_pool.reset();
}

} // namespace prunella
