// The live engine's own series, ranked by the same code as `prunellactl diagnose`.
#include "core/diagnosis/CauseRanking.h"
#include "core/engine/CauseInputs.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000, mono0 = 9'000'000, second = 1000;

ServiceConfig service(const QString &name, const QStringList &needs = {})
{
    ServiceConfig config;
    config.name = name;
    config.dependsOn = needs;
    return config;
}

} // namespace

class TestCauseInputs : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void pointsToTheDependency();
    void pointsToNobodyElse();
    void withoutNormalNothingIsCompared();

private:
    /// Twenty minutes at one reading in 15 s; `slow`: which services become slow ten seconds before the last two minutes.
    void measure(const QMap<QString, double> &slow, int readings = 80)
    {
        for (int i = 0; i < readings; ++i) {
            const qint64 at = i * 15 * second;
            QList<Sample> samples;
            for (const ServiceConfig &config : services) {
                const bool late = i >= readings - 8;
                const double ms = 20 + (i * 7 % 5) + (late ? slow.value(config.name) : 0);
                samples.append({{u"response_time"_s, {{u"service"_s, config.name}}}, ms, u"ms"_s, config.name, wall0 + at, mono0 + at});
                samples.append({{u"requests_per_second"_s, {{u"service"_s, config.name}}}, 50.0 + i % 3, u"1/s"_s, config.name, wall0 + at, mono0 + at});
            }
            static_cast<void>(table->feed(samples));
        }
        const qint64 end = (readings - 1) * 15 * second;
        now = {wall0 + end, mono0 + end, mono0 + end, {}};
        incident.component = u"web"_s;
        incident.condition.series = {u"response_time"_s, {{u"service"_s, u"web"_s}}};
        incident.startedAt = wall0 + end - 7 * 15 * second;
    }
    QList<ServiceConfig> services{service(u"web"_s, {u"api"_s, u"cache"_s}), service(u"api"_s, {u"db"_s}), service(u"cache"_s), service(u"db"_s), service(u"mail"_s)};
    std::unique_ptr<SeriesTable> table;
    Incident incident;
    Now now;
};

void TestCauseInputs::init()
{
    table = std::make_unique<SeriesTable>(QList<ThresholdConfig>());
    incident = {};
}

void TestCauseInputs::pointsToTheDependency()
{
    measure({{u"db"_s, 800}, {u"api"_s, 805}, {u"web"_s, 810}});
    const auto input = causeInput(incident, services, {services, {}}, *table, now);
    QVERIFY(input.has_value());
    QCOMPARE(input->nodes, (QStringList{u"web"_s, u"api"_s, u"cache"_s, u"db"_s})); // mail has no part in it
    const auto suspect = suspectOf(rankCauses(*input), u"web"_s);
    QVERIFY(suspect.has_value());
    QCOMPARE(suspect->node, u"db"_s);
    QVERIFY(!suspect->evidence.isEmpty());
}

void TestCauseInputs::pointsToNobodyElse()
{
    measure({{u"web"_s, 810}});
    const auto input = causeInput(incident, services, {services, {}}, *table, now);
    QVERIFY(input.has_value());
    const auto ranking = rankCauses(*input);
    QCOMPARE(ranking[0].node, u"web"_s);
    QVERIFY(!suspectOf(ranking, u"web"_s));
}

void TestCauseInputs::withoutNormalNothingIsCompared()
{
    measure({{u"web"_s, 810}}, 10); // two readings before the fault
    QVERIFY(!causeInput(incident, services, {services, {}}, *table, now));
    QVERIFY(!suspectOf({}, u"web"_s));
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestCauseInputs)
#include "tst_cause_inputs.moc"
