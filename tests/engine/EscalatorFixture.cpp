#include "tests/engine/EscalatorFixture.h"

#include "core/model/Json.h"

#include <QDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace prunella::test {

void EscalatorFixture::prepare()
{
    qputenv("XDG_CONFIG_HOME", m_dir.path().toUtf8());
    qunsetenv("DBUS_SESSION_BUS_ADDRESS"); // no keychain of the person who runs the tests
    qputenv("XDG_RUNTIME_DIR", m_dir.filePath(u"nothing"_s).toUtf8());
}

void EscalatorFixture::begin()
{
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200, "ok");
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    m_witness = std::make_unique<HttpServer>();
    m_witness->reply(200);
    QVERIFY(m_witness->listen(QHostAddress::LocalHost));
    m_clock = std::make_shared<ManualClock>();
    QDir(m_dir.filePath(u"prunella"_s)).removeRecursively();
    start();
}

/// As a new engine: nothing is known but what is told.
void EscalatorFixture::start()
{
    m_escalator = std::make_unique<Escalator>(m_clock);
    m_escalator->setConfig(m_config);
    m_delivered.clear();
    m_trouble.clear();
    m_tried.clear();
    connect(m_escalator.get(), &Escalator::delivered, this, [this](const QString &id) { m_delivered.append(id); });
    connect(m_escalator.get(), &Escalator::triedInVain, this, [this](const OutboxItem &one) { m_tried.append(one); });
    connect(m_escalator.get(), &Escalator::channelTrouble, this, [this](const QString &, const QString &text) { m_trouble.append(text); });
}

void EscalatorFixture::configure(const ChannelConfig &one)
{
    m_config = {};
    m_config.channels.insert(one.name, one);
    ChannelConfig witness;
    witness.name = u"witness"_s;
    witness.type = u"webhook"_s;
    witness.url = m_witness->url();
    m_config.channels.insert(witness.name, witness);
    m_config.escalation = {{0, {one.name}}};
    m_escalator->setConfig(m_config);
}

ChannelConfig EscalatorFixture::channel(const QString &type, const QString &secret) const
{
    ChannelConfig one;
    one.name = u"oncall"_s;
    one.type = type;
    one.url = m_server->url(u"/hook"_s);
    one.secret = secret;
    one.timeoutMs = 2000;
    return one;
}

Incident EscalatorFixture::incident(const QString &id)
{
    Incident one;
    one.id = id;
    one.component = u"web"_s;
    one.type = ErrorType::ServiceCrash;
    one.status = IncidentStatus::Escalated;
    one.summary = u"killed by signal 9"_s;
    one.startedAt = 1'700'000'000'000;
    one.escalation.stepsTaken = 1;
    return one;
}

OutboxItem EscalatorFixture::item(const QString &id, const QString &event, const QString &incidentId)
{
    return {id, incidentId, u"oncall"_s, event, {{u"incident"_s, toJson(incident(incidentId))}}, 1'700'000'000'000, 0};
}

void EscalatorFixture::putSecret(const QString &name, const QByteArray &value) const
{
    const SecretFiles files(secretsDirectory());
    const Status put = files.setValue(name, value);
    QVERIFY2(put, qPrintable(put ? QString() : put.error().message));
}

void EscalatorFixture::advance(qint64 ms)
{
    m_clock->advance(ms);
    m_escalator->deliver({}); // as its timer does
}

/// Until what was sent before has arrived: three messages through another channel, one after the other.
void EscalatorFixture::settle()
{
    for (int i = 0; i < 3; ++i) {
        OutboxItem one = item(u"witness-%1"_s.arg(m_witness->requests.size()));
        one.channel = u"witness"_s;
        m_escalator->deliver({one});
        QTRY_VERIFY(m_delivered.contains(one.deliveryId));
        m_delivered.removeAll(one.deliveryId);
        m_trouble.removeLast(); // its "all is well"
    }
}

} // namespace prunella::test
