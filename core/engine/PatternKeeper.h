#pragma once
#include "core/base/Clock.h"
#include "core/base/Mailbox.h"
#include "core/model/Pattern.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace prunella {

/// Looks for patterns when incidents open or resolve, at most once in `restMs`: reads the store and searches in Qt's global
/// pool. Deployments are those of the store: announced ones, and packages that belong to a service.
class PatternKeeper final : public QObject
{
    Q_OBJECT
public:
    explicit PatternKeeper(QString stateDir, std::shared_ptr<const Clock> clock, QObject *parent, int restMs = 60'000);
    ~PatternKeeper() override;

    /// Off: nothing is searched any more, and what was known is forgotten (`found` with an empty list).
    void setEnabled(bool on);
    /// An incident opened or resolved, and the store says so already.
    void incidentsChanged();
    [[nodiscard]] const QList<IncidentPattern> &patterns() const { return m_patterns; }

Q_SIGNALS:
    /// Only when they are others than before.
    void found(const QList<prunella::IncidentPattern> &patterns);

private:
    using Message = std::optional<QList<IncidentPattern>>; ///< nothing: the store could not be read
    void search();
    void drain();
    void take(const QList<IncidentPattern> &patterns);

    QString m_stateDir;
    std::shared_ptr<const Clock> m_clock;
    std::shared_ptr<Mailbox<Message>> m_inbox;
    QList<IncidentPattern> m_patterns;
    QTimer m_rest;
    bool m_enabled = true, m_running = false, m_again = false, m_known = false;
};

} // namespace prunella
