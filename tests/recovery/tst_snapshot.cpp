// The snapshot of a real process, against what /proc says of it.
#include "core/recovery/ProcessTable.h"
#include "core/recovery/Snapshot.h"
#include "core/recovery/SnapshotParts.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/ProcessTest.h"
#include "tests/recovery/Victim.h"

#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QSysInfo>
#include <QTemporaryFile>
#include <QTest>

#include <array>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSnapshot : public ProcessTest
{
    Q_OBJECT
private Q_SLOTS:
    void headerAndParts();
    void openFilesAsTheyAre();
    void socketsAndPeers();
    void socketsOfVersionSix();
    void busyProcessComesFirst();
    void largeProcessComesFirst();
    void controlGroupAsItIs();
    void stacks();
    void noStacksUnlessAskedFor();
    void noSecrets();
    void lastLines();
    void withoutRights();
    void processIsGone();
    void isBounded();
    void attachmentIsPrivate();
    void attachmentCannotBeWritten();
    void onlyTheNewestAttachments();

private:
    QString taken(qint64 pid, bool stack = false);
};

namespace {

int boundTo(int family, const sockaddr *address, socklen_t size)
{
    const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, address, size) != 0 || listen(fd, 4) != 0)
        return -1;
    return fd;
}

sockaddr_in localPort(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

QString part(const QString &text, const QString &title)
{
    const qsizetype at = text.indexOf(u"\n== %1 ==\n"_s.arg(title));
    return at < 0 ? QString() : text.mid(at + 1, std::max<qsizetype>(text.indexOf(u"\n== "_s, at + 4), at + 1) - at - 1);
}

QString lastPart(const QString &text, const QString &title)
{
    return text.mid(text.indexOf(u"\n== %1 ==\n"_s.arg(title)) + 1);
}

QStringList targetsOf(qint64 pid)
{
    QStringList list;
    const QString folder = u"/proc/%1/fd"_s.arg(pid);
    for (const QString &name : QDir(folder).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot))
        list.append(name.rightJustified(5) + u" -> "_s + QString::fromStdString(std::filesystem::read_symlink(QString(folder + u'/' + name).toStdString()).string()));
    return list;
}

} // namespace

QString TestSnapshot::taken(qint64 pid, bool stack)
{
    SnapshotSubject subject;
    subject.service.name = u"web"_s;
    subject.service.manager = Manager::Process;
    subject.service.closePeek.stack = stack;
    subject.pid = pid;
    subject.stateDir = m_dir.path();
    subject.incidentId = u"inc-1"_s;
    subject.actionId = u"act-1"_s;
    Now now;
    now.wallMs = 1'700'000'000'000;
    return QString::fromUtf8(takeSnapshot(subject, now, m_token));
}

void TestSnapshot::headerAndParts()
{
    const ManagedProcess process = startReady({u"--stay"_s});
    const QString text = taken(process.pid);
    QVERIFY2(text.startsWith(u"Prunella snapshot of web\ntime: 2023-11-14T22:13:20.000Z\nhost: %1\nincident: inc-1\naction: act-1\nmanager: process\nmain process: %2\n"_s
                                 .arg(QSysInfo::machineHostName()).arg(process.pid)), qPrintable(text.left(300)));
    for (const char *title : {"Processes", "Log", "Main process", "Control group", "Sockets", "Open files", "Stacks"})
        QVERIFY2(text.contains(u"\n== %1 ==\n"_s.arg(QLatin1String(title))), title);
    QVERIFY(part(text, u"Main process"_s).contains(u"State: S (sleeping)"_s));
    QVERIFY(part(text, u"Main process"_s).contains(u"Max open files"_s));
    QVERIFY(part(text, u"Log"_s).contains(u"\nready\n"_s));
}

void TestSnapshot::openFilesAsTheyAre()
{
    const ManagedProcess process = startReady({u"--listen-after"_s, u"0"_s, u"47401"_s});
    const QString files = part(taken(process.pid), u"Open files"_s);
    const QStringList real = targetsOf(process.pid);
    QVERIFY2(files.contains(u"%1 open: "_s.arg(real.size())), qPrintable(files));
    QVERIFY2(files.contains(u"1 socket"_s) && files.contains(u"1 device"_s) && files.contains(u"2 file"_s), qPrintable(files));
    for (const QString &line : real)
        QVERIFY2(files.contains(line), qPrintable(line + u" not in "_s + files));
    QTemporaryFile deleted(m_dir.filePath(u"gone"_s));
    QVERIFY(deleted.open() && unlink(QFile::encodeName(deleted.fileName()).constData()) == 0);
    QVERIFY(snapshot::openFiles(getpid()).contains(u"1 deleted file"_s));
}

void TestSnapshot::socketsAndPeers()
{
    const ManagedProcess process = startReady({u"--listen-after"_s, u"0"_s, u"47402"_s});
    QVERIFY2(snapshot::sockets(process.pid).contains(u"tcp  LISTEN      127.0.0.1:47402 -> 0.0.0.0:0"_s), qPrintable(snapshot::sockets(process.pid)));
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = localPort(47'402);
    QVERIFY(::connect(client, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    getsockname(client, reinterpret_cast<sockaddr *>(&own), &size);
    const QString line = u"tcp  ESTABLISHED 127.0.0.1:%1 -> 127.0.0.1:47402"_s.arg(ntohs(own.sin_port));
    QVERIFY2(snapshot::sockets(getpid()).contains(line), qPrintable(snapshot::sockets(getpid())));
    close(client);
}

void TestSnapshot::socketsOfVersionSix()
{
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    address.sin6_port = htons(47'403);
    const int fd = boundTo(AF_INET6, reinterpret_cast<const sockaddr *>(&address), sizeof address);
    QVERIFY2(fd >= 0, "no IPv6 on this machine's loopback");
    QVERIFY2(snapshot::sockets(getpid()).contains(u"tcp6 LISTEN      [::1]:47403 -> [::]:0"_s), qPrintable(snapshot::sockets(getpid())));
    close(fd);
    std::array<int, 2> pair{};
    QVERIFY(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    QVERIFY(snapshot::sockets(getpid()).contains(u"unix CONNECTED   (no name)"_s));
    close(pair[0]);
    close(pair[1]);
}

void TestSnapshot::busyProcessComesFirst()
{
    const pid_t busy = fork();
    if (busy == 0) {
        while (true)
            (void)getppid();
    }
    const QString text = snapshot::topProcesses(m_token);
    kill(busy, SIGKILL);
    waitpid(busy, nullptr, 0);
    const QString byCpu = text.section(u"by memory:"_s, 0, 0);
    const QStringList rows = byCpu.split(u'\n').filter(QRegularExpression(u"^ *%1 "_s.arg(busy)));
    QCOMPARE(rows.size(), 1);
    QVERIFY2(rows.first().simplified().section(u' ', 1, 1).toDouble() > 5, qPrintable(rows.first())); // others work on this machine, too
    QVERIFY(byCpu.count(u'\n') <= 22);
}

void TestSnapshot::largeProcessComesFirst()
{
    const QByteArray much(200'000'000, 'x'); // its pages are touched
    const QString byMemory = snapshot::topProcesses(m_token).section(u"by memory:"_s, 1);
    const QStringList rows = byMemory.split(u'\n').filter(QRegularExpression(u"^ *%1 "_s.arg(getpid())));
    QVERIFY2(rows.size() == 1 && rows.first().simplified().section(u' ', 2, 2).toLongLong() > much.size() / 1024, qPrintable(byMemory));
}

void TestSnapshot::controlGroupAsItIs()
{
    const QString text = snapshot::controlGroup(getpid());
    QFile own(u"/proc/self/cgroup"_s);
    QVERIFY(own.open(QIODevice::ReadOnly));
    for (const QByteArray &line : own.readAll().trimmed().split('\n'))
        QVERIFY2(text.contains(QString::fromUtf8(line)), line.constData());
    QVERIFY2(text.contains(u"memory."_s) && text.contains(u"pids.current:"_s), qPrintable(text));
}

void TestSnapshot::stacks()
{
    const ManagedProcess process = startReady({u"--stay"_s});
    QElapsedTimer timer;
    timer.start();
    const QString text = taken(process.pid, true);
    QVERIFY(timer.elapsed() < 15'000);
    const QString kernel = part(text, u"Kernel stacks"_s), user = lastPart(text, u"User stacks"_s);
    QVERIFY2(kernel.contains(u"thread %1 ("_s.arg(process.pid)) && kernel.contains(u"waits in: "_s), qPrintable(kernel));
    QFile stack(u"/proc/%1/stack"_s.arg(process.pid)); // root may be forbidden, too: in a container
    const QByteArray real = stack.open(QIODevice::ReadOnly) ? stack.readAll() : QByteArray();
    QVERIFY2(real.isEmpty() ? kernel.contains(u"cannot read /proc/%1/task/%1/stack: "_s.arg(process.pid)) : kernel.contains(QString::fromUtf8(real)), qPrintable(kernel));
    QVERIFY2(user.contains(u"gdb:\n"_s) && user.contains(u"pause ()"_s), qPrintable(user));
    QVERIFY(m_spawner.isRunning(process));
    QTRY_VERIFY(processEntry(process.pid) && processEntry(process.pid)->state == 'S'); // not left stopped
}

void TestSnapshot::noStacksUnlessAskedFor()
{
    const ManagedProcess process = startReady({u"--stay"_s});
    const QString text = taken(process.pid, false);
    QVERIFY(text.contains(u"\n== Stacks ==\nnot asked for (monitoring.stack)\n"_s) && !text.contains(u"pause"_s));
}

void TestSnapshot::noSecrets()
{
    qputenv("PASSWORD", "geheim-in-the-environment");
    ServiceConfig config = service(victim({u"--stay"_s, m_dir.filePath(u"geheim-in-an-argument"_s)}));
    config.environment.insert(u"TOKEN"_s, u"geheim-of-the-service"_s);
    const auto process = m_spawner.start(config);
    QVERIFY(process);
    m_started.append(*process);
    QTRY_VERIFY(output().contains(u"ready"_s));
    const QString text = taken(process->pid, true);
    qunsetenv("PASSWORD");
    QVERIFY2(!text.contains(u"geheim"_s), qPrintable(text.mid(text.indexOf(u"geheim"_s) - 200, 400)));
}

void TestSnapshot::lastLines()
{
    QVERIFY(QDir().mkpath(m_dir.filePath(u"output"_s)));
    QFile file(m_spawner.outputFile(u"web"_s));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    for (int i = 1; i <= 500; ++i)
        file.write("line " + QByteArray::number(i) + "\n");
    file.close();
    const QString text = taken(0);
    QVERIFY(text.contains(u"\nline 301\n"_s) && text.contains(u"\nline 500\n"_s) && !text.contains(u"\nline 300\n"_s));
    QVERIFY(text.contains(u"main process: none known"_s) && !text.contains(u"== Open files"_s));
    QVERIFY(file.remove());
    QVERIFY(taken(0).contains(u"cannot read %1: No such file or directory"_s.arg(file.fileName())));
}

void TestSnapshot::withoutRights()
{
    const ManagedProcess process = startReady({u"--stay"_s});
    const AsNobody rights;
    const QString reason = u"cannot read /proc/%1/fd: Permission denied"_s.arg(process.pid);
    QVERIFY2(snapshot::openFiles(process.pid) == reason, qPrintable(snapshot::openFiles(process.pid)));
    QCOMPARE(snapshot::sockets(process.pid), reason);
    QVERIFY2(snapshot::kernelStacks(process.pid).contains(u"/stack: "_s), qPrintable(snapshot::kernelStacks(process.pid)));
}

void TestSnapshot::processIsGone()
{
    const pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    waitpid(gone, nullptr, 0);
    const QString text = taken(gone, true);
    QVERIFY2(text.contains(u"cannot read /proc/%1/fd: No such file or directory"_s.arg(gone)), qPrintable(text.right(2000)));
    QVERIFY(text.contains(u"cannot read /proc/%1/cgroup: No such file or directory"_s.arg(gone)));
}

void TestSnapshot::isBounded()
{
    QVERIFY(QDir().mkpath(m_dir.filePath(u"output"_s)));
    QFile file(m_spawner.outputFile(u"web"_s));
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    for (int i = 0; i < 300; ++i)
        file.write(QString(1000, u'ä').toUtf8() + "\n");
    file.close();
    QList<int> many;
    for (int i = 0; i < 500; ++i)
        many.append(dup(2));
    const QString text = taken(getpid());
    for (const int fd : std::as_const(many))
        close(fd);
    QVERIFY(text.toUtf8().size() <= maxSnapshotBytes);
    QVERIFY(!text.contains(QChar::ReplacementCharacter));
    QCOMPARE(part(text, u"Open files"_s).count(u" -> "_s), 200);
    QVERIFY(text.contains(QRegularExpression(u"\\[\\.\\.\\. \\d+ more \\.\\.\\.\\]"_s)));
    QVERIFY(file.remove());
}

void TestSnapshot::attachmentIsPrivate()
{
    const auto first = writeAttachment(m_dir.path(), u"a.txt"_s, "one");
    const auto second = writeAttachment(m_dir.path(), u"a.txt"_s, "two");
    QVERIFY(first && second && *first == m_dir.filePath(u"attachments/a.txt"_s) && *first == *second);
    struct stat info {};
    QVERIFY(stat(QFile::encodeName(*first).constData(), &info) == 0);
    QCOMPARE(int(info.st_mode & 07777), 0600);
    QVERIFY(stat(QFile::encodeName(m_dir.filePath(u"attachments"_s)).constData(), &info) == 0);
    QCOMPARE(int(info.st_mode & 07777), 0700);
    QFile file(*first);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), "two");
    QCOMPARE(QDir(m_dir.filePath(u"attachments"_s)).entryList(QDir::Files | QDir::Hidden).size(), 1);
}

void TestSnapshot::attachmentCannotBeWritten()
{
    const QTemporaryDir other;
    QVERIFY(QFile::link(m_dir.path(), other.filePath(u"attachments"_s))); // somebody else's link is not followed
    const auto linked = writeAttachment(other.path(), u"a.txt"_s, "one");
    QVERIFY(!linked && !QFile::exists(m_dir.filePath(u"a.txt"_s)));
    const AsNobody rights;
    const auto forbidden = writeAttachment(m_dir.path(), u"b.txt"_s, "one");
    QVERIFY(!forbidden && forbidden.error().code == ErrorCode::NotAuthorised);
}

void TestSnapshot::onlyTheNewestAttachments()
{
    const QTemporaryDir own;
    for (int i = 0; i < 205; ++i)
        QVERIFY(writeAttachment(own.path(), u"%1.txt"_s.arg(i), "x"));
    const QDir folder(own.filePath(u"attachments"_s));
    QCOMPARE(folder.entryList(QDir::Files).size(), 200);
    QVERIFY(folder.exists(u"204.txt"_s) && !folder.exists(u"0.txt"_s));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    TestSnapshot test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_snapshot.moc"
