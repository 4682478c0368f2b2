#pragma once
// Random worlds in which everything that a recovery knows happens at once: actions of all kinds and their undos, procedures,
// people, objections, windows, pauses, other configurations, and engines that die.
#include "PipelineFixture.h"

#include <QRandomGenerator>

namespace prunella::test {

/// One random world, those who live in it, and the book of what they did.
class Life
{
public:
    explicit Life(quint32 seed);
    void happen();
    void calmDown(); ///< hours without faults, with everything allowed
    [[nodiscard]] QString fault() const { return m_faults.isEmpty() ? QString() : m_faults.join(u'\n'); }

    World world;

private:
    struct Start { QString id, target; ActionType type; qint64 at; bool undo; };
    [[nodiscard]] static Config randomConfig(QRandomGenerator &random);
    [[nodiscard]] bool oneIn(int many) { return m_random.bounded(many) == 0; }
    template<typename T>
    [[nodiscard]] T of(const QList<T> &list) { return list[m_random.bounded(int(list.size()))]; }
    [[nodiscard]] QString anyService() { return of(m_whole.services).name; }
    [[nodiscard]] ErrorEvent faultOf(const QString &service);
    void reroll();
    void personSpeaks();
    void reload();
    void dieAndStart();
    void begun(const ActionRequest &request);
    void checkOwnStart(const ActionRequest &request, const RecoveryActionRecord &record);
    void checkOnceMore(const ActionRequest &request);
    void checkUndo(const ActionRequest &request);
    [[nodiscard]] ActionResult answerTo(const ActionRequest &request);
    [[nodiscard]] Preflight look(const LookInput &input) const;
    [[nodiscard]] std::optional<ProcedureWord> word(const Incident &incident, const std::function<bool(const Wish &)> &possible) const;
    void look(const Incident &incident);
    [[nodiscard]] QStringList decisions() const;
    void wrong(const QString &text) { m_faults.append(QStringLiteral("at line %1: %2").arg(world.lines().size()).arg(text)); }

    QRandomGenerator m_random;
    Config m_whole;                          ///< with all services
    QMap<QString, RecoveryDecision> m_objections; ///< target
    QMap<ActionType, RecoveryDecision> m_limits;
    QMap<QString, ActionRequest> m_running;  ///< target
    QMap<QString, QString> m_undone;         ///< action -> the last undo that was asked and did not fail
    QList<Start> m_starts;
    QList<ProcedureStep> m_steps;            ///< of the one procedure; empty: none
    int m_good = 6;                          ///< of eight actions so many complete
    QStringList m_faults;
};

} // namespace prunella::test
