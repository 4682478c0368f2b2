// Who hears what of an incident's life, by the type of the channel.
#include "PipelineFixture.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_pipeline_channels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void onlyPagersHearOfAnAcknowledgement();
    void whoWasNotToldHearsNothing();
    void takingOverAcknowledges();

private:
    static Config config();
};

Config tst_pipeline_channels::config()
{
    Config config = automatic();
    config.escalation = {{0, {u"pager"_s, u"chat"_s, u"desktop"_s}}, {hour, {u"boss"_s}}};
    for (const auto &[name, type] : {std::pair(u"pager"_s, u"pagerduty"_s), {u"chat"_s, u"slack"_s}, {u"boss"_s, u"pagerduty"_s}}) {
        ChannelConfig channel;
        channel.name = name;
        channel.type = type;
        config.channels.insert(name, channel);
    }
    config.detection.alertEscalationTimeoutMs = hour;
    return config;
}

void tst_pipeline_channels::onlyPagersHearOfAnAcknowledgement()
{
    World world(config());
    world.diagnosis.actions.clear();
    world.crash();
    QVERIFY(world.say(CommandKind::Acknowledge).ok);
    QVERIFY(world.say(CommandKind::Acknowledge).ok); // said already
    QCOMPARE(world.count(u"pager told: acknowledged"_s), 1);
    QCOMPARE(world.count(u"told: acknowledged"_s), 1);
    world.recovered();
    world.pass(minute);
    QCOMPARE(world.count(u"pager told: resolved"_s), 1);
    QCOMPARE(world.count(u"chat told: resolved"_s), 1);
}

void tst_pipeline_channels::whoWasNotToldHearsNothing()
{
    World world(config());
    world.diagnosis.actions.clear();
    world.crash();
    world.say(CommandKind::Acknowledge);
    QCOMPARE(world.count(u"boss told"_s), 0);
}

void tst_pipeline_channels::takingOverAcknowledges()
{
    Config asks = config();
    asks.mode = Mode::Approve;
    World world(asks);
    world.crash();
    QVERIFY(world.say(CommandKind::Reject, u"not now"_s).ok);
    QCOMPARE(world.count(u"pager told: acknowledged"_s), 1);
}

QTEST_GUILESS_MAIN(tst_pipeline_channels)
#include "tst_pipeline_channels.moc"
