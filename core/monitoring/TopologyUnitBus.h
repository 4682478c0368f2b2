#pragma once
// The dependencies of units over D-Bus, asked one after the other: for a thread that may wait.
#include "core/base/Result.h"
#include "core/monitoring/TopologyUnits.h"

#include <memory>

struct sd_bus;

namespace prunella {

/// One short connection to one systemd. org.freedesktop.systemd1(5): properties of Unit and Service.
class TopologyUnitBus
{
public:
    explicit TopologyUnitBus(bool userBus) : m_userBus(userBus) {}

    /// Connects. An answer that takes longer than `answerMs` ends everything: later questions are not asked.
    [[nodiscard]] Status open(int answerMs = 1000);
    /// Nothing for a unit that is not there, and once systemd did not answer or was asked kMostQuestions times.
    /// `folders`: those of a service, too.
    [[nodiscard]] std::optional<UnitLinks> read(const QString &unit, bool folders);
    /// Why less was read than there is; empty: all.
    [[nodiscard]] const QString &problem() const { return m_problem; }

    static constexpr int kMostQuestions = 1000;

private:
    [[nodiscard]] bool getAll(const QString &unit, const char *interface, UnitLinks &links);

    struct BusDeleter { void operator()(sd_bus *bus) const; };
    bool m_userBus;
    std::unique_ptr<sd_bus, BusDeleter> m_bus;
    int m_questions = 0;
    QString m_problem;
};

} // namespace prunella
