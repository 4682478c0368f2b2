#pragma once
// A drill: a service of our own is started, broken and watched while it heals. Real processes, nothing else touched.
#include "core/base/Clock.h"
#include "core/engine/Engine.h"

#include <QTemporaryDir>
#include <QTimer>

namespace prunella::ctl {

struct DrillKind {
    QString name, what;        ///< what it does, in one sentence
    QStringList command;       ///< of the victim
    bool killVictim = false;   ///< kill -9 once it runs
    IncidentStatus expected = IncidentStatus::Resolved;
};
[[nodiscard]] const QList<DrillKind> &drillKinds();

class Drill : public QObject
{
    Q_OBJECT
public:
    explicit Drill(const DrillKind &kind, bool quiet);
    ~Drill() override;
    /// Emits finished() at the end.
    void start();
    /// Ends it early, as failed.
    void interrupt();
    [[nodiscard]] QJsonObject report() const;
    [[nodiscard]] bool passed() const;

Q_SIGNALS:
    void finished();

private:
    void writeConfig() const;
    void onEvent(const EngineEvent &event);
    void breakVictim();
    void endVictim() const;
    void phase(const QString &name);
    [[nodiscard]] qint64 victimPid() const;

    DrillKind m_kind;
    bool m_quiet, m_broken = false;
    QTemporaryDir m_directory;
    std::unique_ptr<Engine> m_engine;
    QTimer m_limit;
    SystemClock m_clock;
    qint64 m_brokenAt = 0;     ///< monotonic ms
    QMap<QString, double> m_phases; ///< seconds since the fault
    QStringList m_order;
    Incident m_incident;
    QString m_failure;
};

} // namespace prunella::ctl
