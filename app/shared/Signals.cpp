#include "app/shared/Signals.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace prunella {

namespace {

sigset_t setOf(std::initializer_list<int> numbers)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers)
        sigaddset(&set, number);
    return set;
}

} // namespace

void Signals::block(std::initializer_list<int> numbers)
{
    const sigset_t set = setOf(numbers);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::Signals(std::initializer_list<int> numbers)
{
    block(numbers);
    const sigset_t set = setOf(numbers);
    m_fd = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    m_notifier = std::make_unique<QSocketNotifier>(m_fd, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Signals::read);
}

Signals::~Signals()
{
    m_notifier.reset();
    ::close(m_fd);
}

void Signals::read()
{
    signalfd_siginfo info{};
    while (::read(m_fd, &info, sizeof(info)) == ssize_t(sizeof(info)))
        Q_EMIT arrived(int(info.ssi_signo));
}

} // namespace prunella
