// Containers made anew from another image, by a real podman.
#include "core/recovery/ContainerCopy.h"
#include "core/recovery/ContainerRollback.h"
#include "tests/recovery/ContainerFixture.h"

#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class tst_container_rollback : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_podman.run({u"rm"_s, u"-f"_s, u"-a"_s, u"-t"_s, u"0"_s}); }
    void rollbackRunsTheEarlierImage();
    void badImageKeepsTheOldOne();
    void unfinishedRollbackIsEnded();
    void onlyGoodImagesAreChosen();
    void configurationAsDockerTellsIt();

private:
    [[nodiscard]] ServiceConfig service() const { return containerService(m_podman); }
    [[nodiscard]] QStringList running() const { return runningContainers(m_podman); }
    [[nodiscard]] LookInput lookInput(ActionType type) const { return containerInput(m_podman, type); }

    Podman m_podman;
};

void tst_container_rollback::initTestCase()
{
    const QString missing = m_podman.start();
    QVERIFY2(missing.isEmpty(), qPrintable(missing));
}

void tst_container_rollback::rollbackRunsTheEarlierImage()
{
    QVERIFY(m_podman.buildImage(u"good:2"_s, u"ENV RELEASE=two\nCMD [\"/bin/sleep\",\"200000\"]"_s));
    QVERIFY(m_podman.runContainer(u"web"_s, {u"--env"_s, u"GREETING=hello"_s, u"--memory"_s, u"64m"_s}, {}, u"good:2"_s));
    const QString first = u"sha256:"_s + m_podman.imageId(u"good:1"_s), second = u"sha256:"_s + m_podman.imageId(u"good:2"_s);
    LookInput input = lookInput(ActionType::RollbackDeployment);
    input.releases = {{u"shop"_s, first, 1, 2, 5000, 0, {}}, {u"shop"_s, second, 3, 4, 10, 0, {}}};
    const Preflight look = ContainerRollback::look(input);
    QVERIFY2(!look.objection, qPrintable(look.objection ? look.objection->detail : QString()));
    QCOMPARE(look.valueBefore, second);
    QCOMPARE(look.valueTarget, first);
    const qint64 before = m_podman.pidOf(u"web"_s);
    CancelToken token;
    const ActionRequest request = requestOf(look, ActionType::RollbackDeployment);
    const ActionResult result = ContainerRollback(service()).run(request, token);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    const qint64 pid = m_podman.pidOf(u"web"_s);
    QVERIFY(pid > 0 && pid != before && pid == result.newPid);
    QVERIFY(!QFile::exists(u"/proc/%1"_s.arg(before)));
    QCOMPARE(u"sha256:"_s + m_podman.imageOf(u"web"_s), first);
    QCOMPARE(textOf(u"/proc/%1/cmdline"_s.arg(pid)).split(QChar(0)).value(1), u"100000"_s); // the earlier image's own command
    const QString variables = textOf(u"/proc/%1/environ"_s.arg(pid));
    QVERIFY(variables.contains(u"GREETING=hello"_s) && !variables.contains(u"RELEASE=two"_s));
    QCOMPARE(kernelLimit(pid, u"memory"_s), qint64(64 * 1024 * 1024)); // the same configuration
    QCOMPARE(m_podman.run({u"ps"_s, u"-a"_s, u"--format"_s, u"{{.Names}}"_s}), u"web"_s); // the old one is gone
    QVERIFY(ContainerRollback(service()).run(request, token).status == ActionStatus::Completed); // twice is once
    QCOMPARE(m_podman.pidOf(u"web"_s), pid);
}

void tst_container_rollback::badImageKeepsTheOldOne()
{
    QVERIFY(m_podman.buildImage(u"bad:1"_s, u"CMD [\"/bin/sh\",\"-c\",\"echo broken; exit 5\"]"_s));
    QVERIFY(m_podman.runContainer(u"web"_s));
    const QString good = u"sha256:"_s + m_podman.imageId(u"good:1"_s);
    ActionRequest request = requestOf({}, ActionType::RollbackDeployment);
    request.valueBefore = good;
    request.valueTarget = u"sha256:"_s + m_podman.imageId(u"bad:1"_s);
    CancelToken token;
    ActionResult result = ContainerRollback(service()).run(request, token);
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"put back"_s) && result.output.contains(u"exit code 5"_s), qPrintable(result.output));
    QCOMPARE(u"sha256:"_s + m_podman.imageOf(u"web"_s), good);
    QVERIFY(QFile::exists(u"/proc/%1"_s.arg(m_podman.pidOf(u"web"_s))));
    QCOMPARE(m_podman.run({u"ps"_s, u"-a"_s, u"--format"_s, u"{{.Names}}"_s}), u"web"_s);
    request.valueTarget = u"sha256:"_s + QString(64, u'0'); // not here at all
    const qint64 pid = m_podman.pidOf(u"web"_s);
    result = ContainerRollback(service()).run(request, token);
    QVERIFY(result.status == ActionStatus::Failed);
    QCOMPARE(m_podman.pidOf(u"web"_s), pid); // untouched
}

/// The engine ended between the rename and the start.
void tst_container_rollback::unfinishedRollbackIsEnded()
{
    QVERIFY(m_podman.buildImage(u"good:2"_s, u"ENV RELEASE=two\nCMD [\"/bin/sleep\",\"200000\"]"_s));
    QVERIFY(m_podman.runContainer(u"web-prunella-old"_s, {}, {}, u"good:2"_s));
    ActionRequest request = requestOf({}, ActionType::RollbackDeployment);
    request.valueBefore = u"sha256:"_s + m_podman.imageId(u"good:2"_s);
    request.valueTarget = u"sha256:"_s + m_podman.imageId(u"good:1"_s);
    CancelToken token;
    const ActionResult result = ContainerRollback(service()).run(request, token);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(u"sha256:"_s + m_podman.imageOf(u"web"_s), request.valueTarget);
    QCOMPARE(running(), QStringList({u"web"_s}));
}

void tst_container_rollback::onlyGoodImagesAreChosen()
{
    QVERIFY(m_podman.runContainer(u"web"_s, {}, {}, u"good:1"_s));
    QVERIFY(m_podman.buildImage(u"good:3"_s, u"ENV RELEASE=three\nCMD [\"/bin/sleep\",\"300000\"]"_s));
    const QString third = u"sha256:"_s + m_podman.imageId(u"good:3"_s), gone = u"sha256:"_s + QString(64, u'1');
    LookInput input = lookInput(ActionType::RollbackDeployment);
    input.releases = {{u"shop"_s, third, 1, 2, 10, 0, {}}};
    QVERIFY(ContainerRollback::look(input).objection->reason == Reason::NoGoodRelease); // not healthy for long enough
    input.releases = {{u"shop"_s, third, 1, 2, 5000, 7, u"rolled back"_s}};
    QVERIFY(ContainerRollback::look(input).objection->reason == Reason::NoGoodRelease); // failed once
    input.releases = {{u"shop"_s, third, 1, 2, 5000, 0, {}}, {u"shop"_s, gone, 3, 4, 5000, 0, {}}};
    QCOMPARE(ContainerRollback::look(input).valueTarget, third); // the newer one is no longer here
}

/// Docker's own answer, with what podman does not tell: endpoints of networks, volumes without a name.
void tst_container_rollback::configurationAsDockerTellsIt()
{
    const QJsonObject inspected = QJsonDocument::fromJson(R"({"Id": "0123456789abcdef", "Image": "sha256:new",
        "Config": {"Hostname": "0123456789ab", "Env": ["A=1", "PATH=/bin"], "Cmd": ["serve"], "Entrypoint": null, "Labels": {"of": "image", "mine": "yes"},
                   "Image": "shop:2", "User": ""},
        "HostConfig": {"NetworkMode": "shop", "Binds": ["/srv:/srv"], "Memory": 1048576, "PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}},
        "Mounts": [{"Type": "bind", "Source": "/srv", "Destination": "/srv"}, {"Type": "volume", "Name": "abc", "Destination": "/data", "RW": true}],
        "NetworkSettings": {"Networks": {"shop": {"Aliases": ["db", "0123456789ab"], "IPAddress": "172.18.0.2", "IPAMConfig": {"IPv4Address": "172.18.0.9"}},
                                         "other": {"IPAddress": "172.19.0.2"}}}})").object();
    const QJsonObject image = QJsonDocument::fromJson(R"({"Env": ["PATH=/bin"], "Cmd": ["serve"], "Labels": {"of": "image"}})").object();
    const ContainerCopy copy = copyOf(inspected, u"sha256:old"_s, image);
    QCOMPARE(copy.config.value("Image"_L1).toString(), u"sha256:old"_s);
    QCOMPARE(copy.config.value("Env"_L1).toArray(), QJsonArray{u"A=1"_s});
    QVERIFY(!copy.config.contains("Cmd"_L1) && !copy.config.contains("Hostname"_L1));
    QCOMPARE(copy.config.value("Labels"_L1).toObject().keys(), QStringList{u"mine"_s});
    const QJsonObject host = copy.config.value("HostConfig"_L1).toObject();
    QCOMPARE(host.value("Binds"_L1).toArray(), QJsonArray({u"/srv:/srv"_s, u"abc:/data"_s}));
    QCOMPARE(host.value("Memory"_L1).toInt(), 1048576);
    const QJsonObject endpoints = copy.config.value("NetworkingConfig"_L1).toObject().value("EndpointsConfig"_L1).toObject();
    QCOMPARE(endpoints.keys(), QStringList{u"shop"_s});
    QCOMPARE(endpoints.value("shop"_L1).toObject().value("Aliases"_L1).toArray(), QJsonArray{u"db"_s});
    QVERIFY(!endpoints.value("shop"_L1).toObject().contains("IPAddress"_L1));
    QCOMPARE(copy.networks.keys(), QStringList{u"other"_s});
    QVERIFY(!siblingOf(inspected, u"web"_s)); // the port 8080
}

QTEST_GUILESS_MAIN(tst_container_rollback)
#include "tst_container_rollback.moc"
