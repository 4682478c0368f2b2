// The usual level at this time of day: what `baseline` and `over_baseline` stand on.
#include "core/detection/UsualLevel.h"

#include <QTest>

#include <cmath>

using namespace prunella;

namespace {

constexpr std::int64_t minuteMs = 60'000, hourMs = 60 * minuteMs;
constexpr std::int64_t monday = 1'700'438'400'000; // 2023-11-20 00:00 UTC

/// 10 at night, 50 from 9 to 17.
double load(std::int64_t ms)
{
    const auto hour = ms / hourMs % 24;
    return hour >= 9 && hour < 17 ? 50 : 10;
}

} // namespace

class TestUsualLevel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void byHourOfDay();
    void notBeforeADay();
    void notOfAnIncident();
};

void TestUsualLevel::byHourOfDay()
{
    AnomalyState state{};
    std::int64_t at = monday;
    for (; at < monday + 7 * 24 * hourMs; at += minuteMs)
        static_cast<void>(update(state, at, load(at)));
    const auto night = usualLevel(state, at + 3 * hourMs + 30 * minuteMs, 90), noon = usualLevel(state, at + 12 * hourMs + 30 * minuteMs, 90);
    QVERIFY(night && noon);
    QVERIFY2(std::abs(*night - 10) < 2, qPrintable(QString::number(*night)));
    QVERIFY2(std::abs(*noon - 50) < 2, qPrintable(QString::number(*noon)));
}

/// An hour that was never seen has no usual level, and neither has the first day.
void TestUsualLevel::notBeforeADay()
{
    AnomalyState state{};
    QVERIFY(!usualLevel(state, monday, 1));
    for (std::int64_t at = monday; at < monday + 23 * hourMs; at += minuteMs)
        static_cast<void>(update(state, at, 10));
    QVERIFY(!usualLevel(state, monday + 23 * hourMs, 10));
    AnomalyState mornings{};
    for (std::int64_t day = 0; day < 20; ++day) {
        for (std::int64_t at = monday + day * 24 * hourMs; at < monday + day * 24 * hourMs + 4 * hourMs; at += minuteMs)
            static_cast<void>(update(mornings, at, 10));
    }
    QVERIFY(usualLevel(mornings, monday + 20 * 24 * hourMs + 2 * hourMs, 10));
    QVERIFY(!usualLevel(mornings, monday + 20 * 24 * hourMs + 12 * hourMs, 10));
}

void TestUsualLevel::notOfAnIncident()
{
    AnomalyState state{};
    std::int64_t at = monday;
    for (; at < monday + 3 * 24 * hourMs; at += minuteMs)
        static_cast<void>(update(state, at, 10));
    const std::int64_t end = at + 5 * hourMs;
    for (; at < end; at += minuteMs)
        static_cast<void>(update(state, at, 90, false)); // an incident is open
    const auto usual = usualLevel(state, at, 90);
    QVERIFY(usual && std::abs(*usual - 10) < 1);
}

QTEST_GUILESS_MAIN(TestUsualLevel)
#include "tst_usual_level.moc"
