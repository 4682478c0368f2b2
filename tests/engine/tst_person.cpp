// Who said it, and from where: by /proc of a folder made here, and by our own.
#include "core/engine/Person.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <sys/sysmacros.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestPerson : public QObject
{
    Q_OBJECT
private:
    QTemporaryDir m_proc;
    void process(const QByteArray &loginuid, dev_t terminal)
    {
        QDir(m_proc.path()).mkpath(u"7"_s);
        QFile login(m_proc.filePath(u"7/loginuid"_s)), stat(m_proc.filePath(u"7/stat"_s));
        QVERIFY(login.open(QIODevice::WriteOnly) && stat.open(QIODevice::WriteOnly));
        login.write(loginuid);
        stat.write("7 (a) S (b) S 1 7 7 " + QByteArray::number(qulonglong(terminal)) + " -1 4194304");
    }
private Q_SLOTS:
    void byLogin()
    {
        process("4294967295", makedev(136, 3));
        QCOMPARE(personOf(7, 0, m_proc.path()).name, u"uid 0 (root)"_s);
        QCOMPARE(personOf(7, 0, m_proc.path()).from, u"pts/3"_s);
        process("65534", makedev(4, 1));
        QCOMPARE(personOf(7, 0, m_proc.path()).name, u"uid 65534 (nobody) as uid 0 (root)"_s); // sudo
        QCOMPARE(personOf(7, 65534, m_proc.path()).name, u"uid 65534 (nobody)"_s);
        QCOMPARE(personOf(7, 65534, m_proc.path()).from, u"tty1"_s);
        process("0", 0);
        QCOMPARE(personOf(7, 0, m_proc.path()).from, u"no terminal"_s);
        QCOMPARE(personOf(8, 65534, m_proc.path()).name, u"uid 65534 (nobody)"_s); // gone by now
    }
    void ourselves() { QVERIFY(personOf(::getpid(), ::getuid()).name.contains(u"uid %1 ("_s.arg(::getuid()))); }
};

QTEST_GUILESS_MAIN(TestPerson)
#include "tst_person.moc"
