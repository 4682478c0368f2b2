// A store with a week of crashes at two in the morning: the engine finds it, `incidents --json` and `show` tell it.
#include "EngineProcess.h"

#include "core/store/StoreReader.h"
#include "core/store/StoreWriter.h"

#include <QDateTime>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemPatterns : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void areFoundAndTold();
    void switchedOffAreForgotten();
};

namespace {

const QString config = u"self_healing: {mode: observe, error_detection: {monitoring_interval: 60}, learning: {pattern_recognition: %1}}\n"_s;

void fill(const QString &dir)
{
    auto writer = std::move(*StoreWriter::open({dir + u"/state"_s, dir + u"/run"_s}, 30, std::make_shared<SystemClock>()));
    Transaction t;
    const QDateTime midnight = QDateTime::currentDateTime().date().startOfDay();
    for (int day = 1; day <= 7; ++day) {
        Incident incident;
        incident.id = u"night-%1"_s.arg(day);
        incident.component = u"web"_s;
        incident.type = ErrorType::ServiceCrash;
        incident.status = IncidentStatus::Resolved;
        incident.startedAt = QDateTime(midnight.date().addDays(-day), QTime(2, day % 3)).toMSecsSinceEpoch();
        incident.detectedAt = incident.startedAt + 1000;
        incident.resolvedAt = incident.detectedAt + 60'000;
        RecoveryActionRecord restart;
        restart.target = incident.component;
        restart.status = ActionStatus::Completed;
        restart.verified = day != 3;
        incident.actions = {restart};
        t.incidents.prepend(incident);
    }
    t.incidents.append(t.incidents.last());
    t.incidents.last().id = u"other"_s;
    t.incidents.last().component = u"db"_s;
    writer->commit(t, {});
}

} // namespace

void TestSystemPatterns::areFoundAndTold()
{
    const QString dir = outDirectory(u"patterns"_s);
    fill(dir);
    EngineProcess engine(dir, config.arg(u"true"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    const auto patternsOf = [&engine](const QString &id) {
        for (const QJsonValue &incident : engine.incidents()) {
            if (incident[u"id"_s].toString() == id)
                return incident[u"patterns"_s].toArray();
        }
        return QJsonArray{u"no such incident"_s};
    };
    QTRY_COMPARE_WITH_TIMEOUT(patternsOf(u"night-1"_s).size(), 2, 10'000);
    QCOMPARE(patternsOf(u"other"_s).size(), 0); // once is no pattern
    const QJsonObject daily = patternsOf(u"night-2"_s)[1].toObject();
    QCOMPARE(daily[u"kind"_s].toString(), u"periodic"_s);
    QCOMPARE(daily[u"period"_s].toString(), u"day"_s);
    QVERIFY(std::abs(daily[u"phase_minute"_s].toInt() - 121) <= 1);
    QCOMPARE(daily[u"support"_s].toInt(), 7);
    QVERIFY(daily[u"confidence"_s].toDouble() > 0.6 && daily[u"confidence"_s].toDouble() < 0.7);
    const QString shown = engine.call({u"show"_s, u"night-1"_s}).out;
    for (const char *part : {"Recurring: 7 times in", "daily about 02:01 ±1 min (7 of 7, confidence 0.65)", "healed by restart_service 6 of 7 times"})
        QVERIFY2(shown.contains(QString::fromUtf8(part)), qPrintable(shown));
    QVERIFY(!engine.call({u"show"_s, u"other"_s}).out.contains(u"Recurring"));
    engine.kill9();
    QCOMPARE(patternsOf(u"night-1"_s).size(), 2); // kept in the store
}

void TestSystemPatterns::switchedOffAreForgotten()
{
    const QString dir = outDirectory(u"patterns-off"_s);
    fill(dir);
    {
        auto writer = std::move(*StoreWriter::open({dir + u"/state"_s, dir + u"/run"_s}, 30, std::make_shared<SystemClock>()));
        Transaction t;
        t.patterns = QList<IncidentPattern>(3);
        writer->commit(t, {});
    }
    EngineProcess engine(dir, config.arg(u"false"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText() + engine.errors()));
    const auto reader = StoreReader::open(engine.stateDir());
    QVERIFY(reader);
    QTRY_VERIFY_WITH_TIMEOUT((*reader)->patterns()->isEmpty(), 5000);
}

QTEST_GUILESS_MAIN(TestSystemPatterns)
#include "tst_system_patterns.moc"
