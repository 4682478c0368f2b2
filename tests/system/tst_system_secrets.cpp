// prunellactl secret: in by stdin or a terminal, kept privately, listed by name, never shown.
#include "Ctl.h"

#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemSecrets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void setListRemove();
    void typedUnseen();
    void wrongCalls();
    void withoutKeychain();

private:
    CtlAnswer set(const QString &name, const QByteArray &value, const QStringList &more = {u"--store"_s, u"file"_s}) const;
    [[nodiscard]] QStringList environment() const;
    [[nodiscard]] QByteArray content(const QString &name) const;
    std::unique_ptr<QTemporaryDir> m_dir;
};

void TestSystemSecrets::init()
{
    m_dir = std::make_unique<QTemporaryDir>();
}

/// No session bus: the keychain of the person who runs the tests is left alone.
QStringList TestSystemSecrets::environment() const
{
    return {u"XDG_CONFIG_HOME="_s + m_dir->path(), u"DBUS_SESSION_BUS_ADDRESS="_s, u"XDG_RUNTIME_DIR="_s + m_dir->filePath(u"none"_s)};
}

CtlAnswer TestSystemSecrets::set(const QString &name, const QByteArray &value, const QStringList &more) const
{
    QProcess process;
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    for (const QString &one : environment())
        variables.insert(one.section(u'=', 0, 0), one.section(u'=', 1));
    process.setProcessEnvironment(variables);
    process.start(QStringLiteral(BUILD_DIR "/bin/prunellactl"), QStringList{u"secret"_s, u"set"_s, name} + more);
    process.write(value);
    process.closeWriteChannel();
    process.waitForFinished(20'000);
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QByteArray TestSystemSecrets::content(const QString &name) const
{
    QFile file(m_dir->filePath(u"prunella/secrets/"_s + name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void TestSystemSecrets::setListRemove()
{
    const CtlAnswer answer = set(u"pager-key"_s, "xyzzy 1\n");
    QVERIFY2(answer.code == 0, qPrintable(answer.err));
    QCOMPARE(answer.out, u"pager-key: kept in the file\n"_s);
    QCOMPARE(content(u"pager-key"_s), "xyzzy 1\n");
    struct stat info{};
    QVERIFY(::stat(QFile::encodeName(m_dir->filePath(u"prunella/secrets/pager-key"_s)).constData(), &info) == 0);
    QCOMPARE(info.st_mode & 07777, 0600u);
    QCOMPARE(set(u"chat-url"_s, "https://xyzzy").code, 0);
    const CtlAnswer list = ctl({u"secret"_s, u"list"_s}, environment());
    QVERIFY(list.out.contains(u"pager-key"_s) && list.out.contains(u"chat-url"_s) && !list.out.contains(u"xyzzy"_s));
    const QJsonDocument json = parsed(ctl({u"secret"_s, u"list"_s, u"--json"_s}, environment()).out);
    QCOMPARE(json[u"secrets"_s][0][u"name"_s].toString(), u"chat-url"_s);
    QCOMPARE(json[u"secrets"_s][0][u"store"_s].toString(), u"file"_s);
    QCOMPARE(ctl({u"secret"_s, u"remove"_s, u"pager-key"_s}, environment()).code, 0);
    QCOMPARE(ctl({u"secret"_s, u"remove"_s, u"pager-key"_s}, environment()).code, 1);
    QVERIFY(content(u"pager-key"_s).isEmpty());
}

void TestSystemSecrets::typedUnseen()
{
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    QVERIFY(pid >= 0);
    if (pid == 0) {
        for (const QString &one : environment())
            ::putenv(::strdup(one.toUtf8().constData()));
        ::execl(BUILD_DIR "/bin/prunellactl", "prunellactl", "secret", "set", "typed", "--store", "file", nullptr);
        ::_exit(127);
    }
    ::fcntl(terminal, F_SETFL, O_NONBLOCK);
    QByteArray shown;
    const auto readMore = [&] {
        char buffer[1024];
        for (ssize_t count; (count = ::read(terminal, buffer, sizeof buffer)) > 0; )
            shown.append(buffer, count);
        return shown;
    };
    QTRY_VERIFY(readMore().contains("not shown"));
    QCOMPARE(::write(terminal, "xyzzy-typed\n", 12), 12);
    QTRY_VERIFY2(readMore().contains("kept in the file"), shown.constData());
    QVERIFY2(!shown.contains("xyzzy"), shown.constData());
    QCOMPARE(content(u"typed"_s), "xyzzy-typed\n");
    ::close(terminal);
    pid_t reaped = 0;
    const auto ended = [&] { return reaped == pid || (reaped = ::waitpid(pid, nullptr, WNOHANG)) == pid; };
    QTRY_VERIFY(ended());
}

void TestSystemSecrets::wrongCalls()
{
    QCOMPARE(set(u"../etc"_s, "x").code, 2);
    QCOMPARE(set(u"empty"_s, {}).code, 2);
    QCOMPARE(set(u"a"_s, "x", {u"--store"_s, u"cloud"_s}).code, 2);
    QCOMPARE(set(u"large"_s, QByteArray(100'000, 'x')).code, 2);
    QCOMPARE(ctl({u"secret"_s}, environment()).code, 2);
    QVERIFY(QDir(m_dir->filePath(u"prunella/secrets"_s)).entryList(QDir::Files | QDir::Hidden).isEmpty());
}

void TestSystemSecrets::withoutKeychain()
{
    QCOMPARE(set(u"a"_s, "x", {}).out, u"a: kept in the file\n"_s); // there is no other place
    const CtlAnswer asked = set(u"a"_s, "xyzzy", {u"--store"_s, u"keychain"_s});
    QCOMPARE(asked.code, 3);
    QCOMPARE(asked.err, u"prunellactl: secret a: there is no keychain: no session bus (--store file keeps it in a file)\n"_s);
}

QTEST_GUILESS_MAIN(TestSystemSecrets)
#include "tst_system_secrets.moc"
