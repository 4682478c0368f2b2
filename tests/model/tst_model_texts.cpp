#include "core/model/ConfigProblem.h"
#include "core/model/Incident.h"

#include <QRegularExpression>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestModelTexts : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void reasonsAreDistinctWords();
    void seriesReadAsPeopleWriteThem();
    void problemsAreCompilerStyle();
    void scoreTellsTheEffect();
};

void TestModelTexts::reasonsAreDistinctWords()
{
    QSet<QString> seen;
    static const QRegularExpression snake(u"^[a-z]+(_[a-z]+)*$"_s);
    for (int i = 0; i <= int(lastReasonValue); ++i) {
        const QString word = toString(Reason(i));
        QVERIFY2(snake.match(word).hasMatch(), qPrintable(word));
        QVERIFY2(!seen.contains(word), qPrintable(word));
        seen << word;
    }
    QCOMPARE(toString(Reason::ModeObserve), u"mode_observe"_s);
    QCOMPARE(toString(Reason::LowConfidence), u"low_confidence"_s);
}

void TestModelTexts::seriesReadAsPeopleWriteThem()
{
    QCOMPARE(toString(SeriesKey{u"cpu_usage"_s, {}}), u"cpu_usage"_s);
    QCOMPARE(toString(SeriesKey{u"disk_usage"_s, {{u"path"_s, u"/"_s}}}), u"disk_usage{path=/}"_s);
    QCOMPARE(toString(SeriesKey{u"x"_s, {{u"b"_s, u"2"_s}, {u"a"_s, u"1"_s}}}), u"x{a=1,b=2}"_s);
}

void TestModelTexts::problemsAreCompilerStyle()
{
    ConfigProblem problem{ProblemLevel::Error, u"/etc/c.yaml"_s, 3, 5, u"self_healing.mode"_s, u"unknown"_s};
    QCOMPARE(toString(problem), u"/etc/c.yaml:3:5: error: self_healing.mode: unknown"_s);
    problem.level = ProblemLevel::Warning;
    problem.line = problem.column = 0;
    problem.key.clear();
    QCOMPARE(toString(problem), u"/etc/c.yaml: warning: unknown"_s);
    problem.level = ProblemLevel::NotYetInEffect;
    QCOMPARE(toString(problem), u"/etc/c.yaml: not yet in effect: unknown"_s);
}

void TestModelTexts::scoreTellsTheEffect()
{
    Incident incident;
    QVERIFY(!effectivenessScore(incident));
    incident.status = IncidentStatus::Resolved;
    QCOMPARE(*effectivenessScore(incident), 0.0);
    RecoveryActionRecord refused; // never started: no try
    RecoveryActionRecord check;
    check.type = ActionType::HealthCheck;
    check.startedAt = 1;
    check.verified = true;
    RecoveryActionRecord failed;
    failed.startedAt = 2;
    RecoveryActionRecord healed;
    healed.startedAt = 3;
    healed.verified = true;
    incident.actions = {refused, check, healed};
    QCOMPARE(*effectivenessScore(incident), 1.0);
    incident.actions = {refused, check, failed, healed};
    QCOMPARE(*effectivenessScore(incident), 0.5);
    incident.actions = {failed};
    QCOMPARE(*effectivenessScore(incident), 0.0);
}

QTEST_GUILESS_MAIN(TestModelTexts)
#include "tst_model_texts.moc"
