#pragma once
// Which release of each service is in place, how each has been, and what was deployed by whom. Lives in the engine thread; the
// looking is done in pool threads. All times come in.
#include "core/base/Clock.h"
#include "core/base/Mailbox.h"
#include "core/base/Result.h"
#include "core/model/Events.h"
#include "core/model/ServiceConfig.h"
#include "core/model/Store.h"
#include "core/monitoring/ChangeInotify.h"

#include <QObject>
#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace prunella {

class ReleaseKeeper final : public QObject
{
    Q_OBJECT
public:
    using Look = std::function<Result<QString>(const ServiceConfig &)>; ///< the release in place; blocks, called in a pool thread
    struct Times {
        qint64 linkMs = 2000;      ///< from one look at a link to the next
        qint64 otherMs = 30'000;   ///< at what needs a program (git, dpkg, the user's own)
        qint64 writeMs = 30'000;   ///< so much of a health record may be lost by a power failure
        qint64 longestTickMs = 5000; ///< of a longer pause between two ticks only so much counts as healthy
    };

    explicit ReleaseKeeper(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ReleaseKeeper(Look look, Times times, std::shared_ptr<const Clock> clock, QObject *parent = nullptr);

    /// Those with a deployment that can be looked at; of others nothing is forgotten.
    void configure(const QList<ServiceConfig> &services);
    /// What an earlier engine knew; before the first tick().
    void restore(const QList<ReleaseRecord> &records);
    /// Begun by an earlier engine: when its target comes, that is our own doing.
    void expectFrom(const ActionRequest &request);
    /// A service that was started anew runs the release that is in place by then.
    void note(const RawEvent &event);
    /// About each second, and on answered(): takes what was seen, counts healthy time, asks anew what is due. What is to be written down.
    [[nodiscard]] Transaction tick(const Now &now, const std::function<bool(const QString &service)> &healthy);
    /// What was not written yet; at the end.
    [[nodiscard]] Transaction takeUnwritten();

    /// It was decided to go from `request.valueBefore` to `valueTarget`: the one never counts as good again, and that the other
    /// comes is our own doing. To be written together with the intent.
    [[nodiscard]] QList<ReleaseRecord> rollBack(const ActionRequest &request, const QString &why, const Now &now);
    [[nodiscard]] ReleaseRecord markFailed(const QString &service, const QString &release, const QString &why, const Now &now);

    /// Oldest first, with the healthy time up to the newest look.
    [[nodiscard]] QList<ReleaseRecord> records(const QString &service) const { return m_entries.value(service).records; }
    [[nodiscard]] QString current(const QString &service) const { return m_entries.value(service).current; } ///< empty: not known
    [[nodiscard]] bool isEmpty() const { return m_services.isEmpty(); }

Q_SIGNALS:
    /// A look between two ticks has its answer: tick() at once, so that a crash right after a deployment is seen as one.
    void answered();
    /// Another release came into place, and not by us.
    void deployed(const prunella::ChangeRecord &change);
    /// Its release cannot be told, and why; empty: it can again.
    void problemChanged(const QString &service, const QString &text);

private:
    struct Answer { QString service; quint64 round = 0; Result<QString> release; };
    struct Entry {
        QList<ReleaseRecord> records; ///< oldest first
        QString current, expected;    ///< in place as last seen; what a rollback of ours brings
        QString run, problem;         ///< InvocationID or pid; why it cannot be looked at
        bool runs = true;             ///< what runs was started with `current` in place, as far as is known
        quint64 asked = 0;            ///< round of the look under way; 0: none
        qint64 runAtMs = 0, lookedAtMs = 0, nextLookMs = 0, tickedAtMs = 0, writtenAtMs = 0; ///< monotonic
        qint64 touchedWallMs = 0;     ///< the link was touched since the last look
        qint64 pendingMs = 0;         ///< healthy since the last look; counts once the next one sees the same release
        QStringList dirty;            ///< releases whose records were not written yet
    };

    void drainLinks();
    void lookNow(const QString &service);
    void take(const Answer &answer, const Now &now, Transaction &out);
    [[nodiscard]] bool isGood(const QString &service, Entry &entry) const;
    void seen(const QString &service, Entry &entry, const QString &release, const Now &now);
    void count(Entry &entry, bool healthy, const Now &now) const;
    void ask(const ServiceConfig &service, Entry &entry, const Now &now);
    void tellDeployed(const QString &service, const Entry &entry, const QString &release, const Now &now);
    static void write(Entry &entry, Transaction &out);

    const Look m_look;
    const Times m_times;
    const std::shared_ptr<const Clock> m_clock;
    const std::shared_ptr<Mailbox<Answer>> m_inbox; ///< shared: a look may outlive this object
    ChangeInotify m_links;
    QSocketNotifier m_linksTouched;
    QMap<QString, ServiceConfig> m_services;
    QMap<QString, Entry> m_entries;
    quint64 m_round = 0;
};

} // namespace prunella
