// labels: sandbox
// A real work tree of git; as root, for it belongs to another user.
#include "AsNobody.h"
#include "RollbackTest.h"

#include <QTemporaryDir>

#include <pwd.h>
#include <sys/stat.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

const QString owner = u"games"_s; ///< a user of every Debian, and none of ours

QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

} // namespace

class TestRollbackGit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void backToTheTag();
    void commitWithoutTag();
    void onlyTagsThatAreReleases();
    void changedFilesAreKept();
    void locked();
    void untrackedFileInTheWay();
    void unknownTag();
    void noWorkTree();
    void noRights();

private:
    QString git(const QStringList &arguments) const { return tool(QStringList{u"runuser"_s, u"-u"_s, owner, u"--"_s, u"git"_s, u"-C"_s, m_path} + arguments); }
    void commit(const QByteArray &content, const QStringList &tags);
    [[nodiscard]] DeploymentConfig config(const QString &tags = {}) const;
    [[nodiscard]] QByteArray content() const { return bytesOf(m_path + u"/app"_s); }

    std::unique_ptr<QTemporaryDir> m_dir;
    QString m_path;
    int m_commits = 0;
};

void TestRollbackGit::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
    m_path = m_dir->filePath(u"tree"_s);
    QVERIFY(QDir().mkpath(m_path) && chmod(qPrintable(m_dir->path()), 0755) == 0);
    const passwd *user = getpwnam(qPrintable(owner));
    QVERIFY(user && chown(qPrintable(m_path), user->pw_uid, user->pw_gid) == 0);
    git({u"init"_s, u"--quiet"_s, u"--initial-branch=main"_s});
    git({u"config"_s, u"user.email"_s, u"a@b"_s});
    git({u"config"_s, u"user.name"_s, u"a"_s});
    commit("one", {u"v1"_s});
    commit("two", {u"v2"_s, u"zz-later-mark"_s});
}

void TestRollbackGit::commit(const QByteArray &content, const QStringList &tags)
{
    tool({u"runuser"_s, u"-u"_s, owner, u"--"_s, u"dd"_s, u"status=none"_s, u"if=/dev/null"_s, u"of="_s + m_path + u"/app"_s});
    QFile file(m_path + u"/app"_s);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
    file.close();
    git({u"add"_s, u"app"_s});
    git({u"commit"_s, u"--quiet"_s, u"-m"_s, QString::fromUtf8(content)});
    for (const QString &tag : tags)
        git({u"tag"_s, tag});
    ++m_commits;
}

DeploymentConfig TestRollbackGit::config(const QString &tags) const
{
    DeploymentConfig config;
    config.type = DeploymentType::GitWorktree;
    config.path = m_path;
    config.tags = tags;
    return config;
}

void TestRollbackGit::backToTheTag()
{
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s});
    const Preflight look = rollback.look();
    QVERIFY2(!look.objection, look.objection ? qPrintable(look.objection->detail) : "");
    QCOMPARE(look.valueBefore, u"v2"_s);
    QCOMPARE(look.valueTarget, u"v1"_s);
    const ActionRequest request = rollback.intentOf(look);
    QCOMPARE(rollback.describe(request), u"git -C %1 checkout --detach refs/tags/v1 (now v2); then restart web"_s.arg(m_path));
    for (int i = 1; i <= 2; ++i) {
        const ActionResult result = rollback.run(request);
        QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
        QCOMPARE(content(), QByteArray("one"));
        QCOMPARE(git({u"rev-parse"_s, u"HEAD"_s}), git({u"rev-parse"_s, u"v1"_s}));
        QCOMPARE(rollback.counted->count, i);
    }
    QCOMPARE(git({u"rev-parse"_s, u"main"_s}), git({u"rev-parse"_s, u"v2"_s})); // the branch stays where it was
    struct stat info {};
    QVERIFY(stat(qPrintable(m_path + u"/app"_s), &info) == 0);
    QCOMPARE(info.st_uid, getpwnam(qPrintable(owner))->pw_uid);
}

void TestRollbackGit::commitWithoutTag()
{
    const QString before = git({u"rev-parse"_s, u"HEAD"_s});
    commit("three", {});
    const QString id = git({u"rev-parse"_s, u"HEAD"_s});
    QCOMPARE(*currentRelease(Rollback(config()).service), id);
    Rollback rollback(config(u"v*"_s));
    rollback.releases = goodReleases({before}); // an earlier release without a tag, too
    const ActionResult result = rollback.run(rollback.intent());
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(content(), QByteArray("two"));
}

void TestRollbackGit::onlyTagsThatAreReleases()
{
    QCOMPARE(*currentRelease(Rollback(config(u"zz*"_s)).service), u"zz-later-mark"_s);
    QCOMPARE(*currentRelease(Rollback(config(u"v?"_s)).service), u"v2"_s);
    QCOMPARE(*currentRelease(Rollback(config(u"none*"_s)).service), git({u"rev-parse"_s, u"HEAD"_s}));
}

void TestRollbackGit::changedFilesAreKept()
{
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s});
    const ActionRequest request = rollback.intent();
    QFile file(m_path + u"/app"_s);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mended by hand") > 0);
    file.close();
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Refuse && look.objection->reason == Reason::ChangedByOthers);
    QCOMPARE(look.objection->detail, u"%1 has changes that are in no commit (M app): commit them or take them back first"_s.arg(m_path));
    QVERIFY(rollback.run(request).status == ActionStatus::Failed);
    QCOMPARE(content(), QByteArray("mended by hand"));
    QCOMPARE(rollback.counted->count, 0);
}

void TestRollbackGit::locked()
{
    writeFile(m_path + u"/.git/index.lock"_s, "");
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s});
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->decision == Decision::Wait && look.objection->reason == Reason::ChangedByOthers);
    QVERIFY(look.objection->retryAtMonotonicMs > 0);
}

/// git refuses it itself and changes nothing.
void TestRollbackGit::untrackedFileInTheWay()
{
    git({u"rm"_s, u"--quiet"_s, u"app"_s});
    git({u"commit"_s, u"--quiet"_s, u"-m"_s, u"without"_s});
    git({u"tag"_s, u"v3"_s});
    writeFile(m_path + u"/app"_s, "not of git");
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s});
    const ActionResult result = rollback.run(rollback.intent());
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"would be overwritten"_s), qPrintable(result.output));
    QCOMPARE(content(), QByteArray("not of git"));
    QCOMPARE(*currentRelease(rollback.service), u"v3"_s);
}

void TestRollbackGit::unknownTag()
{
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s, u"--orphan"_s, u"v9"_s});
    QCOMPARE(rollback.look().valueTarget, u"v1"_s);
    rollback.releases = goodReleases({u"v9"_s});
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->reason == Reason::NoGoodRelease);
    QVERIFY2(look.objection->detail.contains(u"git knows no refs/tags/v9 in"_s), qPrintable(look.objection->detail));
}

/// A folder inside a work tree: git would find the repository above it.
void TestRollbackGit::noWorkTree()
{
    DeploymentConfig inside = config();
    inside.path = m_path + u"/inside"_s;
    QVERIFY(QDir().mkpath(inside.path));
    const auto current = currentRelease(Rollback(inside).service);
    QVERIFY(!current);
    QVERIFY2(current.error().message.contains(u"is no work tree of git"_s), qPrintable(current.error().message));
}

void TestRollbackGit::noRights()
{
    Rollback rollback(config());
    rollback.releases = goodReleases({u"v1"_s});
    const AsNobody nobody;
    const Preflight look = rollback.look();
    QVERIFY(look.objection && look.objection->reason == Reason::NotAuthorised);
    QVERIFY2(look.objection->detail.contains(u"only root may run git as user games"_s), qPrintable(look.objection->detail));
}

QTEST_GUILESS_MAIN(TestRollbackGit)
#include "tst_rollback_git.moc"
