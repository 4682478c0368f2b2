// Channels and their secrets, of which the configuration has the names only.
#include "core/config/ConfigLoader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_config_channels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void everyKey();
    void noSecretIsRepeated();
    void wordsThatAreNoSecrets();

private:
    LoadedConfig load(const QByteArray &bytes) const;
    static QByteArray bytesOf(const QString &path);
    std::unique_ptr<QTemporaryDir> m_folder;
};

LoadedConfig tst_config_channels::load(const QByteArray &bytes) const
{
    QFile file(m_folder->filePath(u"config.yaml"_s));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write the configuration");
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.close();
    return loadConfig({{file.fileName()}, true, {}});
}

QByteArray tst_config_channels::bytesOf(const QString &path)
{
    QFile file(QStringLiteral(TEST_DATA "/") + path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void tst_config_channels::everyKey()
{
    const Config config = load(bytesOf(u"good/every-key.yaml"_s)).config;
    QCOMPARE(config.channels.value(u"pager"_s).url, u"https://events.pagerduty.com/v2/enqueue"_s);
    QCOMPARE(config.channels.value(u"chat"_s).secret, u"slack-url"_s);
    QCOMPARE(config.channels.value(u"oncall-webhook"_s).secret, u"hook-key"_s);
    QCOMPARE(config.channels.value(u"mail"_s).user, u"ops"_s);
    QCOMPARE(config.channels.value(u"mail"_s).secret, u"mail-password"_s);
    QCOMPARE(config.channels.value(u"mail"_s).caFile, m_folder->filePath(u"mail-ca.pem"_s)); // beside the file that names it
    QVERIFY(config.channels.value(u"mail"_s).startTls && !config.channels.value(u"relay"_s).startTls);
    QCOMPARE(config.channels.value(u"alerts"_s).url, u"http://127.0.0.1:9093"_s);
    QCOMPARE(config.channels.value(u"bot"_s).secret, u"bot-url"_s);
    QCOMPARE(config.channels.value(u"tell"_s).command, (QStringList{u"/usr/local/bin/tell"_s, u"oncall"_s}));
    QCOMPARE(config.channels.value(u"tell"_s).timeoutMs, 30'000);
    QCOMPARE(config.secretsFile, m_folder->filePath(u"secrets"_s));
}

void tst_config_channels::noSecretIsRepeated()
{
    const LoadedConfig loaded = load(bytesOf(u"mistakes/secrets-in-channels.yaml"_s));
    QCOMPARE(loaded.problems.size(), 11); // each line is a mistake, that of the mail two
    for (const ConfigProblem &problem : loaded.problems) {
        QVERIFY2(!toString(problem).contains(u"sEcReT"_s), qPrintable(toString(problem)));
        QVERIFY(problem.level == ProblemLevel::Error);
        QVERIFY(problem.line > 2 && problem.column > 1);
    }
}

void tst_config_channels::wordsThatAreNoSecrets()
{
    const LoadedConfig loaded = load("self_healing:\n  channels:\n"
                                     "    a: {type: slack, url_secret: team-on-call-notifications-2026}\n"
                                     "    b: {type: pagerduty, routing_key_secret: pagerduty_production_key_1}\n"
                                     "    c: {type: pagerduty, routing_key_secret: thekeyoftheonlypagerwehave, url: \"http://127.0.0.1:1/enqueue\"}\n");
    QVERIFY2(loaded.problems.isEmpty(), qPrintable(loaded.problems.isEmpty() ? QString() : toString(loaded.problems[0])));
}

QTEST_GUILESS_MAIN(tst_config_channels)
#include "tst_config_channels.moc"
