#include "core/monitoring/ContainerWatcher.h"

#include "core/config/ContainerSocket.h"
#include "core/monitoring/ContainerQuery.h"

#include <QUrl>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr int kRetryMs = 2000;
// Beside the events, because podman 4 loses the one of a stop as often as not (a race in it); its state is "stopping" until
// the end, for the 10 s that a program which ignores SIGTERM usually has. A daemon may also be set up to tell no events.
constexpr int kLookMs = 2000;
constexpr int kAnswerMs = 5000;
constexpr int kGraceMs = 500;     // podman restarts without a word of stopping: an end, and 0.2 s later a start
constexpr qint64 kMarkMs = 60'000;
constexpr qsizetype kMostLine = 256 * 1024;

/// "died" is podman's own word, which its filter wants, although it tells "die".
/// Without a version, as all that is asked here: what is read of the answers is the same in every one, and a daemon refuses old ones.
QByteArray eventsRequest()
{
    const QByteArray filters = QUrl::toPercentEncoding(u"{\"type\":[\"container\"],\"event\":[\"create\",\"start\",\"die\",\"died\",\"stop\","
                                                       "\"kill\",\"oom\",\"pause\",\"unpause\",\"rename\",\"remove\",\"destroy\"]}"_s);
    return "GET /events?filters=" + filters + " HTTP/1.1\r\nHost: docker\r\n\r\n";
}

} // namespace

ContainerWatcher::ContainerWatcher(QString socket, std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_written(std::move(socket)), m_clock(std::move(clock)), m_stream(this), m_retry(this), m_look(this)
{
    m_retry.setSingleShot(true);
    m_retry.setInterval(kRetryMs);
    m_look.setInterval(kLookMs);
    connect(&m_retry, &QTimer::timeout, this, &ContainerWatcher::open);
    connect(&m_look, &QTimer::timeout, this, &ContainerWatcher::askAll);
    connect(&m_stream, &QLocalSocket::connected, this, [this] {
        m_stream.write(eventsRequest());
        askAll();
    });
    connect(&m_stream, &QLocalSocket::readyRead, this, &ContainerWatcher::read);
    connect(&m_stream, &QLocalSocket::errorOccurred, this,
            [this](QLocalSocket::LocalSocketError error) { lose(containerSocketError(m_path, error).message); });
}

ContainerWatcher::~ContainerWatcher()
{
    stop();
}

void ContainerWatcher::setContainers(const QMap<QString, QString> &serviceByContainer)
{
    std::map<QString, Entry> entries;
    for (auto it = serviceByContainer.cbegin(); it != serviceByContainer.cend(); ++it) {
        const auto old = m_entries.find(it.key());
        const bool same = old != m_entries.end() && old->second.service == it.value();
        entries.emplace(it.key(), same ? std::move(old->second) : Entry{it.value()});
    }
    m_entries = std::move(entries);
    if (m_connected)
        askAll();
}

void ContainerWatcher::start()
{
    if (std::exchange(m_started, true))
        return;
    m_look.start();
    open();
}

void ContainerWatcher::stop()
{
    m_started = m_connected = false;
    m_look.stop();
    m_retry.stop();
    m_reply.reset();
    const QSignalBlocker quiet(m_stream);
    m_stream.abort();
}

void ContainerWatcher::markStopRequested(const QString &service)
{
    for (auto &[container, entry] : m_entries) {
        if (entry.service == service && entry.told.running) // what does not run is not about to be ended
            entry.markedUntilMs = m_clock->now().monotonicMs + kMarkMs;
    }
}

void ContainerWatcher::open()
{
    if (!m_started)
        return;
    m_path = containerSocket(m_written);
    if (m_path.isEmpty())
        return lose(u"neither docker nor podman listens: there is none of "_s + containerSocketPlaces().join(u", "_s));
    m_reply = std::make_unique<HttpReply>();
    m_lines.clear();
    m_stream.abort();
    m_stream.connectToServer(m_path);
}

void ContainerWatcher::read()
{
    if (!m_reply)
        return;
    const bool hadHead = m_reply->hasHead();
    if (!m_reply->feed(m_stream.readAll()) || (m_reply->hasHead() && m_reply->status() != 200))
        return lose(u"%1 does not tell events (HTTP %2)"_s.arg(m_path).arg(m_reply->status()));
    if (!hadHead && m_reply->hasHead())
        askAll(); // what happened before the stream was there is in their state
    m_lines += m_reply->takeBody();
    for (qsizetype end = m_lines.indexOf('\n'); end >= 0; end = m_lines.indexOf('\n')) {
        const QByteArray line = m_lines.left(end);
        m_lines.remove(0, end + 1);
        take(containerEvent(line));
    }
    if (m_reply && (m_lines.size() > kMostLine || m_reply->isComplete()))
        lose(u"%1 ended its events"_s.arg(m_path));
}

void ContainerWatcher::lose(const QString &why)
{
    if (!m_started)
        return;
    m_connected = false;
    m_reply.reset(); // until open(), which also ends the connection: this may run inside its own signal
    m_retry.start();
    if (!std::exchange(m_lostTold, true))
        emitSource(RawEventKind::SourceLost, why);
}

void ContainerWatcher::take(const ContainerEvent &event)
{
    for (auto &[container, entry] : m_entries) {
        const bool byId = container.size() >= 12 && event.id.startsWith(container);
        if (container != event.name && container != event.oldName && !byId)
            continue;
        if (event.action == "start"_L1) {
            entry.endAsked = false;
            entry.markedUntilMs = 0;
        }
        entry.endAsked = entry.endAsked || event.asksToEnd;
        ask(container);
    }
}

void ContainerWatcher::askAll()
{
    for (const auto &[container, entry] : m_entries)
        ask(container);
}

void ContainerWatcher::ask(const QString &container)
{
    const auto it = m_entries.find(container);
    if (!m_reply || it == m_entries.end() || m_stream.state() != QLocalSocket::ConnectedState)
        return;
    if (it->second.asking) {
        it->second.again = true; // the answer under way may be older than what is asked for
        return;
    }
    it->second.asking = true;
    const QByteArray path = "/containers/" + QUrl::toPercentEncoding(container) + "/json";
    ContainerQuery::get(m_path, path, kAnswerMs, this, [this, container](const Result<std::optional<QJsonObject>> &answer) {
        const auto found = m_entries.find(container);
        if (found == m_entries.end())
            return;
        found->second.asking = false;
        if (!m_reply)
            return; // lost meanwhile
        if (!answer)
            return lose(answer.error().message);
        answered(container, *answer);
        if (const auto left = m_entries.find(container); left != m_entries.end() && std::exchange(left->second.again, false))
            ask(container);
    });
}

void ContainerWatcher::answered(const QString &container, const std::optional<QJsonObject> &inspected)
{
    if (!m_connected) {
        m_connected = true;
        if (std::exchange(m_lostTold, false))
            emitSource(RawEventKind::SourceBack, {});
    }
    if (const auto it = m_entries.find(container); it != m_entries.end())
        judge(container, it->second, inspected ? containerState(*inspected) : ContainerState());
}

void ContainerWatcher::judge(const QString &container, Entry &entry, const ContainerState &now)
{
    if (now.status == "stopping"_L1) { // still there, and about to end by somebody's will
        entry.endAsked = true;
        return;
    }
    const bool marked = m_clock->now().monotonicMs < entry.markedUntilMs, asked = entry.endAsked || marked;
    if (marked && !now.exists)
        return; // we are putting another one in its place
    if (entry.known && entry.told == now && !(entry.grace && entry.grace->isActive()))
        return;
    if (now.running) {
        entry.grace.reset();
        // It died and the daemon's own restart policy was faster than we: it died all the same.
        if (entry.known && entry.told.running && now.restarts > entry.told.restarts && !asked) {
            ContainerState died = now;
            died.running = false;
            tell(container, entry, died, false);
        }
        return tell(container, entry, now, false);
    }
    const bool wasRunning = entry.known && entry.told.running;
    if (!wasRunning || asked || !now.exists || endedWell(now))
        return tell(container, entry, now, asked || endedWell(now));
    if (!entry.grace) {
        entry.grace = std::make_shared<QTimer>();
        entry.grace->setSingleShot(true);
        connect(entry.grace.get(), &QTimer::timeout, this, [this, container] { ask(container); });
        entry.grace->start(kGraceMs);
    } else if (!entry.grace->isActive()) {
        tell(container, entry, now, false);
    }
}

void ContainerWatcher::tell(const QString &container, Entry &entry, const ContainerState &state, bool stopRequested)
{
    const Now now = m_clock->now();
    if (!state.running)
        entry.grace.reset();
    RawEvent event;
    event.kind = RawEventKind::ProcessChanged;
    event.component = entry.service;
    event.process = processOf(state, entry.service, entry.lastPid, stopRequested);
    event.text = containerText(state, container, stopRequested);
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    entry.told = state;
    entry.known = true;
    if (state.running)
        entry.lastPid = state.pid;
    Q_EMIT eventReady(event);
}

void ContainerWatcher::emitSource(RawEventKind kind, const QString &text)
{
    const Now now = m_clock->now();
    RawEvent event;
    event.kind = kind;
    event.source = containerSource(m_written);
    event.text = text;
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    Q_EMIT eventReady(event);
}

} // namespace prunella
