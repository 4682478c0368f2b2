#pragma once
// OOM kills from the kernel log: systemd says only "signal 9".
#include "core/base/Clock.h"
#include "core/monitoring/KernelOom.h"

#include <QObject>
#include <QSocketNotifier>
#include <memory>

namespace prunella {

class KernelLog : public QObject
{
    Q_OBJECT
public:
    explicit KernelLog(std::shared_ptr<const Clock> clock, const QString &path = QStringLiteral("/dev/kmsg"),
                       QObject *parent = nullptr);
    ~KernelLog() override;

    /// Reads from now on; emits SourceLost when the log may not or cannot be read.
    void start();
    void stop();
    /// Takes what is there, at once. Called before a signal 9 is judged, because the log may be a wakeup behind.
    void drain();
    [[nodiscard]] bool isReading() const { return m_fd >= 0; }

Q_SIGNALS:
    void eventReady(const prunella::RawEvent &event);

private:
    void take(QByteArrayView record);
    void lose(const QString &why);
    void emitSource(RawEventKind kind, const QString &text);
    void emitEvent(RawEvent event);

    std::shared_ptr<const Clock> m_clock;
    QString m_path;
    int m_fd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    OomLines m_lines;
    bool m_lostTold = false;
};

} // namespace prunella
