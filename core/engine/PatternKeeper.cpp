#include "core/engine/PatternKeeper.h"

#include "core/learning/IncidentPatterns.h"
#include "core/store/StoreReader.h"

#include <QThreadPool>

namespace prunella {
namespace {

constexpr int mostIncidents = 5000; // more are not looked at: findPatterns

std::optional<QList<IncidentPattern>> searchIn(const QString &stateDir, qint64 now)
{
    auto reader = StoreReader::open(stateDir);
    if (!reader)
        return {};
    const auto facts = (*reader)->incidentFacts(mostIncidents);
    if (!facts)
        return {};
    const auto deployments = (*reader)->deployments(mostIncidents);
    if (!deployments)
        return {};
    return findPatterns(*facts, *deployments, now, QTimeZone::systemTimeZone());
}

} // namespace

PatternKeeper::PatternKeeper(QString stateDir, std::shared_ptr<const Clock> clock, QObject *parent, int restMs)
    : QObject(parent)
    , m_stateDir(std::move(stateDir))
    , m_clock(std::move(clock))
    , m_inbox(std::make_shared<Mailbox<Message>>(
          [this] { QMetaObject::invokeMethod(this, &PatternKeeper::drain, Qt::QueuedConnection); }))
    , m_rest(this)
{
    m_rest.setSingleShot(true);
    m_rest.setInterval(restMs);
    connect(&m_rest, &QTimer::timeout, this, [this] {
        if (std::exchange(m_again, false))
            incidentsChanged();
    });
}

PatternKeeper::~PatternKeeper()
{
    constexpr int searchMs = 2000;
    if (m_running)
        QThreadPool::globalInstance()->waitForDone(searchMs); // it answers to this object
    m_inbox->close();
}

void PatternKeeper::setEnabled(bool on)
{
    if (m_enabled == on)
        return;
    m_enabled = on;
    if (on)
        incidentsChanged();
    else
        take({});
}

void PatternKeeper::incidentsChanged()
{
    if (!m_enabled)
        return;
    if (m_running || m_rest.isActive()) {
        m_again = true; // when the rest is over
        return;
    }
    search();
}

void PatternKeeper::search()
{
    m_running = true;
    m_rest.start();
    QThreadPool::globalInstance()->start([inbox = m_inbox, stateDir = m_stateDir, now = m_clock->now().wallMs] {
        inbox->post(searchIn(stateDir, now));
    });
}

void PatternKeeper::drain()
{
    for (const Message &message : m_inbox->takeAll()) {
        m_running = false;
        if (message && m_enabled)
            take(*message);
    }
    if (!m_rest.isActive() && std::exchange(m_again, false))
        incidentsChanged(); // the search took longer than the rest
}

void PatternKeeper::take(const QList<IncidentPattern> &patterns)
{
    if (m_known && patterns == m_patterns)
        return;
    m_known = true; // the first answer replaces what an earlier engine left in the store, even with nothing
    m_patterns = patterns;
    Q_EMIT found(patterns);
}

} // namespace prunella
