#pragma once
// What is changed on the machine: the files that services are configured by, packages, the kernel. Lives in the engine
// thread; the looking is done in a thread of its own.
#include "core/base/Clock.h"
#include "core/monitoring/ChangeThread.h"
#include "core/monitoring/UnitFiles.h"

namespace prunella {

class ChangeWatch final : public QObject
{
    Q_OBJECT
public:
    /// Where the package manager tells what it does; to be changed by tests. An empty log is not read.
    struct Places {
        QString packageLog = QStringLiteral("/var/log/dpkg.log");
        QString packageInfo = QStringLiteral("/var/lib/dpkg/info");
    };

    explicit ChangeWatch(std::shared_ptr<const Clock> clock, QObject *parent = nullptr) : ChangeWatch(std::move(clock), Places(), parent) {}
    ChangeWatch(std::shared_ptr<const Clock> clock, Places places, QObject *parent);
    ~ChangeWatch() override;

    void setServices(const QList<ServiceConfig> &services);
    /// What an earlier engine remembered, as remembered() told it; before start().
    void setMemory(const QMap<QString, QString> &memory);
    void start();
    /// Returns within about two seconds. What was seen until then is signalled before it returns.
    void stop();

Q_SIGNALS:
    /// Records that are new, or known by their id and with more to say. `memory`: to be stored in the same breath; an empty
    /// value: to be forgotten.
    void changed(const QList<prunella::ChangeRecord> &changes, const QMap<QString, QString> &memory);
    /// empty: good again
    void problemChanged(const QString &text);

private:
    void setUp(std::unique_ptr<UnitFiles> &files, Manager manager);
    void apply();
    void take();
    void lookAtKernel();
    void forgetOthers();
    [[nodiscard]] ChangePlan plan() const;

    std::shared_ptr<const Clock> m_clock;
    Places m_places;
    QList<ServiceConfig> m_services;
    QMap<QString, QString> m_memory;
    std::unique_ptr<UnitFiles> m_system, m_user;  ///< only when a service is of that manager
    QMap<QString, UnitFileFacts> m_facts;         ///< by service
    std::unique_ptr<ChangeThread> m_thread;
};

/// Another kernel than the remembered one runs: the record of it. Its time is that of the boot.
[[nodiscard]] std::optional<ChangeRecord> kernelChange(const QString &before, const QString &release, const Now &now);

} // namespace prunella
