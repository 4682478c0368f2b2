#pragma once
// Time enters the engine here and nowhere else.
#include <QString>
#include <QtGlobal>

namespace prunella {

/// One reading of all clocks. Countdowns and `for` use monotonicMs; what people read uses wallMs.
struct Now {
    qint64 wallMs = 0;      ///< milliseconds since 1970 UTC; may jump
    qint64 monotonicMs = 0; ///< CLOCK_MONOTONIC in ms; stands still while the machine sleeps
    qint64 bootMs = 0;      ///< CLOCK_BOOTTIME in ms; runs on while the machine sleeps
    QString bootId;         ///< /proc/sys/kernel/random/boot_id
};

class Clock
{
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Now now() const = 0;
};

class SystemClock final : public Clock
{
public:
    SystemClock();
    [[nodiscard]] Now now() const override;

private:
    QString m_bootId;
};

/// Moves only when told to: for tests and for replaying history.
class ManualClock final : public Clock
{
public:
    explicit ManualClock(qint64 wallMs = 1'700'000'000'000);
    [[nodiscard]] Now now() const override { return m_now; }
    void advance(qint64 ms);      ///< all clocks
    void jumpWall(qint64 ms);     ///< the wall clock alone, as when an administrator sets it
    void suspend(qint64 ms);      ///< wall and boot time run on, monotonic time stands still

private:
    Now m_now;
};

/// ISO 8601 UTC with milliseconds, as in every JSON of ours; empty for 0.
[[nodiscard]] QString isoTime(qint64 wallMs);
/// Inverse of isoTime; 0 when the text is empty or no time.
[[nodiscard]] qint64 fromIsoTime(const QString &text);

} // namespace prunella
