// Random procedures, outcomes, evidence and answers: a step is given once, one with `repeat` only after it failed, and it ends.
#include "ProcedureSamples.h"

#include <QRandomGenerator>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

using Kind = NextStep::Kind;

/// One incident from its first step to its end, in a world that answers at random.
class Course
{
public:
    explicit Course(QRandomGenerator &random) : m_random(random), m_willing(int(random.bounded(3)) * 50)
    {
        for (int i = 0, n = 1 + int(random.bounded(6)); i < n; ++i)
            m_procedure.steps << randomStep(i);
        m_procedure.name = u"p"_s;
    }

    /// Empty, or what is wrong. Ended and escalated ones are counted, and the steps that were given.
    QString run(int &given, QMap<int, int> &ends)
    {
        for (int turns = 0; turns < 1000; ++turns) {
            const Evidence evidence = randomEvidence();
            const NextStep found = nextStep(m_procedure, m_incident, evidence, holdsOn(evidence),
                                            [this](const ProcedureStep &, const auto &) { return chance(m_willing); });
            if (found.why.isEmpty())
                return u"no reason is given"_s;
            if (found.kind != Kind::Run) {
                ++ends[int(found.kind)];
                return {};
            }
            const bool again = m_times[found.step->id]++ > 0;
            if (again && !(found.step->repeat && m_failed && m_last == found.step->id))
                return found.step->id + u" is given twice"_s;
            ++given;
            answer(found.step->id);
        }
        return u"it does not end"_s;
    }

private:
    bool chance(int percent) { return int(m_random.bounded(100)) < percent; }
    ProcedureStep randomStep(int number)
    {
        ProcedureStep one = step(QString::number(number), ActionType(m_random.bounded(9)), OnFailure(m_random.bounded(4)), chance(25));
        if (chance(40))
            one.when = known(QString::number(m_random.bounded(4)));
        if (chance(30))
            one.parameters = {taken(u"n"_s, ParameterType::Integer, u"count"_s, chance(50) ? u"1"_s : QString())};
        return one;
    }
    Evidence randomEvidence()
    {
        Evidence evidence;
        for (int fact = 0; fact < 4; ++fact) {
            if (chance(60))
                evidence.insert(QString::number(fact), {chance(50), {}, 0});
        }
        if (chance(50))
            evidence.insert(u"count"_s, {double(m_random.bounded(100)) - 10, {}, 0});
        return evidence;
    }
    void answer(const QString &id)
    {
        const auto verdict = chance(70) ? std::optional(Verdict(m_random.bounded(4))) : std::nullopt;
        const ActionStatus status = chance(70) ? ActionStatus::Completed : ActionStatus::Failed;
        m_last = id;
        m_failed = verdict ? *verdict == Verdict::Unchanged || *verdict == Verdict::Worse : status == ActionStatus::Failed;
        done(m_incident, u"p"_s, id, verdict, status);
    }

    QRandomGenerator &m_random;
    const int m_willing;      // percent: never, at times, always possible
    Procedure m_procedure;
    Incident m_incident = incident();
    QMap<QString, int> m_times;
    QString m_last;
    bool m_failed = false;
};

} // namespace

class TestProcedureRandom : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void anyIncidentEnds();
    void whatNeverHelpsEnds();
};

void TestProcedureRandom::anyIncidentEnds()
{
    QRandomGenerator random(20261127);
    int given = 0;
    QMap<int, int> ends;
    for (int round = 0; round < 3000; ++round) {
        const QString wrong = Course(random).run(given, ends);
        QVERIFY2(wrong.isEmpty(), qPrintable(u"round %1: %2"_s.arg(round).arg(wrong)));
    }
    QVERIFY2(given > 3000 && ends[int(Kind::Ended)] > 500 && ends[int(Kind::Escalate)] > 100, "too little was tried");
}

/// Even where everything is always possible.
void TestProcedureRandom::whatNeverHelpsEnds()
{
    const Procedure forever = procedure(u"p"_s, {step(u"a"_s, ActionType::RestartService, OnFailure::Next, true)});
    Incident i = incident();
    int turns = 0;
    for (; next(forever, i) == u"a"_s && turns < 1000; ++turns)
        done(i, u"p"_s, u"a"_s);
    QCOMPARE(turns, 100);
}

QTEST_GUILESS_MAIN(TestProcedureRandom)
#include "tst_procedure_random.moc"
