#include "core/config/ConfigLoader.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestFileActionsConfig : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyKey();
    void servicesInheritTheHostsRules();

private:
    static Config load(const QString &good);
};

Config TestFileActionsConfig::load(const QString &good)
{
    const QTemporaryDir folder; // a copy with known rights: the checkout's umask is the user's
    const QString copy = folder.filePath(good);
    if (!QFile::copy(QStringLiteral(TEST_DATA "/good/") + good, copy) || !QFile::setPermissions(copy, QFile::ReadOwner | QFile::WriteOwner))
        qFatal("cannot copy %s", qPrintable(good));
    return loadConfig({{copy}, true, {}}).config;
}

void TestFileActionsConfig::everyKey()
{
    const Config config = load(u"every-key.yaml"_s);
    const ServiceConfig &web = config.services.at(0);
    const TimeoutConfig &upstream = web.timeouts.at(0), &stop = web.timeouts.at(1);
    QVERIFY(upstream.format == FileFormat::Yaml && upstream.apply == ApplyBy::Reload && upstream.unit == u"s"_s && upstream.max == 120);
    QVERIFY(stop.format == FileFormat::Systemd && stop.apply == ApplyBy::Restart && stop.step == 1.5);
    QCOMPARE(web.diskRules.at(0).vacuumSize, 500LL * 1024 * 1024);
    QCOMPARE(web.diskRules.at(0).vacuumTimeMs, 7LL * 86'400'000);
    QVERIFY(web.diskRules.at(1).kind == DiskRuleConfig::Kind::Files && web.diskRules.at(1).keepNewest == 3);
    QCOMPARE(web.diskRules.at(1).patterns, (QStringList{u"*.log.*"_s, u"*/*.gz"_s}));
    QCOMPARE(web.diskRules.at(1).maxBytes, 5LL * 1024 * 1024 * 1024);
    QCOMPARE(web.commands.at(0).name, u"vacuum"_s); // in the order of the file
    QCOMPARE(web.commands.at(1).name, u"mend"_s);
    QCOMPARE(web.commands.at(0).timeoutMs, 300'000);
    QVERIFY(web.commands.at(0).idempotent && web.commands.at(0).user == u"web"_s && !web.commands.at(1).idempotent);
    QVERIFY(config.diskRules.at(0).kind == DiskRuleConfig::Kind::PackageCache);
}

void TestFileActionsConfig::servicesInheritTheHostsRules()
{
    const Config config = load(u"every-key.yaml"_s);
    QVERIFY(config.services.at(1).diskRules.size() == 1 && config.services.at(1).diskRules.at(0).kind == DiskRuleConfig::Kind::PackageCache);
    QCOMPARE(config.services.at(0).diskRules.size(), 2); // its own win
}

QTEST_GUILESS_MAIN(TestFileActionsConfig)
#include "tst_config_file_actions.moc"
