#pragma once
// The interface of everything that measures; plugins implement it too.
#include "core/base/Clock.h"
#include "core/model/Sample.h"

namespace prunella {

/// Measures a group of related series. Created anywhere; sample() runs in a pool thread, one call at a time.
class Monitor
{
public:
    Monitor() = default;
    Monitor(const Monitor &) = delete;
    Monitor &operator=(const Monitor &) = delete;
    virtual ~Monitor() = default;

    /// Names it in logs and for MonitorScheduler::sampleNow; constant.
    [[nodiscard]] virtual QString name() const = 0;
    [[nodiscard]] virtual qint64 intervalMs() const = 0;
    /// What was measured. What could not be measured has no sample, and problem() says why.
    [[nodiscard]] virtual QList<Sample> sample(const Now &now) = 0;
    /// true: may wait for something outside (a peer, a child, a dead file server), so it gets a job of its own
    [[nodiscard]] virtual bool mayBlock() const { return false; }
    /// Called from another thread, perhaps more than once: a running sample() should return soon, without samples.
    virtual void cancel() {}

    /// Why the last sample() measured less than it should; empty when all went well. To be read where sample() ran.
    [[nodiscard]] const QString &problem() const { return m_problem; }

protected:
    /// One line. Keep it free of changing numbers: every new text is reported again.
    void setProblem(const QString &text) { m_problem = text; }

private:
    QString m_problem;
};

} // namespace prunella
