#pragma once
#include <QObject>
#include <QSocketNotifier>

#include <initializer_list>
#include <memory>

namespace prunella {

/// Unix signals as Qt signals, through a signalfd. Make it before any other thread.
class Signals : public QObject
{
    Q_OBJECT
public:
    /// Before the first thread is made, QApplication's among them: one thread that does not block them would die of them.
    static void block(std::initializer_list<int> numbers);
    explicit Signals(std::initializer_list<int> numbers);
    ~Signals() override;

Q_SIGNALS:
    void arrived(int number);

private:
    void read();

    int m_fd = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace prunella
