// Files of mode 0600, and a real Secret Service (gnome-keyring) on a session bus of its own.
#include "core/notification/Secrets.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDir>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

class tst_secrets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void init();
    void fileIsWrittenPrivately();
    void fileIsRefused_data();
    void fileIsRefused();
    void fileOfAnother();
    void linkIsRefused();
    void folderOfAll();
    void names_data();
    void names();
    void linesFile();
    void removes();
    void keychainKeeps();
    void keychainHasNot();
    void keychainLists();
    void keychainInAnotherThread();
    void fileBeatsKeychain();
    void nowhere();
    void noKeychain();
    void lockedKeychain();

private:
    template<typename T, typename Start>
    static T answerOf(Start start)
    {
        std::optional<T> answer;
        start([&answer](const T &value) { answer = value; });
        if (answer)
            qFatal("answered before the call returned");
        [&] { QTRY_VERIFY_WITH_TIMEOUT(answer.has_value(), 30'000); }();
        return answer.value_or(T(failure(ErrorCode::Internal, u"no answer"_s)));
    }
    static Result<QByteArray> read(SecretStore &store, const QString &name)
    {
        return answerOf<Result<QByteArray>>([&](const SecretStore::Read &done) { store.read(name, done); });
    }
    static Status write(SecretStore &store, const QString &name, const QByteArray &value)
    {
        return answerOf<Status>([&](const SecretStore::Done &done) { store.write(name, value, done); });
    }
    static Status remove(SecretStore &store, const QString &name)
    {
        return answerOf<Status>([&](const SecretStore::Done &done) { store.remove(name, done); });
    }
    static Result<QStringList> namesIn(SecretStore &store)
    {
        return answerOf<Result<QStringList>>([&](const SecretStore::Names &done) { store.names(done); });
    }
    QString put(const QString &name, const QByteArray &content, int mode) const;
    void startKeyring();

    QTemporaryDir m_dir;
    QString m_folder;
    QProcess m_bus, m_keyring;
};

/// A session bus and a keyring that is unlocked, both in our folder and ended with us.
void tst_secrets::initTestCase()
{
    for (const char *name : {"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME"}) {
        const QString folder = m_dir.filePath(QString::fromLatin1(name));
        QVERIFY(QDir().mkpath(folder) && ::chmod(QFile::encodeName(folder).constData(), 0700) == 0);
        qputenv(name, QFile::encodeName(folder));
    }
    m_bus.start(u"dbus-daemon"_s, {u"--session"_s, u"--nofork"_s, u"--nopidfile"_s, u"--print-address"_s,
                                   u"--address=unix:path="_s + m_dir.filePath(u"bus"_s)});
    QVERIFY2(m_bus.waitForReadyRead(), "install the package dbus");
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
    startKeyring();
}

void tst_secrets::startKeyring()
{
    m_keyring.start(u"gnome-keyring-daemon"_s, {u"--foreground"_s, u"--components=secrets"_s, u"--unlock"_s, u"--control-directory="_s + m_dir.filePath(u"control"_s)});
    QVERIFY2(m_keyring.waitForStarted(), "install the package gnome-keyring");
    m_keyring.write("password of the keyring");
    m_keyring.closeWriteChannel();
    const QDBusConnection bus = QDBusConnection::connectToBus(qEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS"), u"watch"_s);
    QTRY_VERIFY_WITH_TIMEOUT(bus.interface()->isServiceRegistered(u"org.freedesktop.secrets"_s), 20'000);
}

void tst_secrets::cleanupTestCase()
{
    for (QProcess *process : {&m_keyring, &m_bus}) {
        process->kill();
        process->waitForFinished();
    }
}

void tst_secrets::init()
{
    m_folder = secretsDirectory();
    QCOMPARE(m_folder, m_dir.filePath(u"XDG_CONFIG_HOME/prunella/secrets"_s));
    QDir(m_folder).removeRecursively();
}

QString tst_secrets::put(const QString &name, const QByteArray &content, int mode) const
{
    const bool made = QFileInfo(m_folder).isDir() || (QDir().mkpath(m_folder) && ::chmod(QFile::encodeName(m_folder).constData(), 0700) == 0);
    const QString path = m_folder + u'/' + name;
    QFile file(path);
    if (!made || !file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
        qFatal("cannot prepare a file");
    file.close();
    ::chmod(QFile::encodeName(path).constData(), mode_t(mode));
    return path;
}

void tst_secrets::fileIsWrittenPrivately()
{
    SecretFiles files(m_folder);
    const auto before = ::umask(0); // whatever a person has set
    const Status written = write(files, u"pager-key"_s, "R0 KEY\nsecond line");
    ::umask(before);
    QVERIFY2(written, qPrintable(written ? QString() : written.error().message));
    struct stat info{};
    QVERIFY(::stat(QFile::encodeName(m_folder + u"/pager-key"_s).constData(), &info) == 0);
    QCOMPARE(info.st_mode & 07777, 0600u);
    QVERIFY(::stat(QFile::encodeName(m_folder).constData(), &info) == 0);
    QCOMPARE(info.st_mode & 07777, 0700u);
    QCOMPARE(read(files, u"pager-key"_s).value_or("?"), "R0 KEY\nsecond line");
    QVERIFY(write(files, u"pager-key"_s, "other"));
    QCOMPARE(read(files, u"pager-key"_s).value_or("?"), "other");
    QCOMPARE(QDir(m_folder).entryList(QDir::Files | QDir::Hidden), QStringList{u"pager-key"_s});
    QVERIFY(!write(files, u"pager-key"_s, {}));
    QVERIFY(!write(files, u"pager-key"_s, QByteArray(70'000, 'x')));
}

void tst_secrets::fileIsRefused_data()
{
    QTest::addColumn<bool>("good");
    for (const int mode : {0600, 0400})
        QTest::addRow("%o", mode) << true;
    for (const int mode : {0640, 0604, 0644, 0660, 0700, 0606, 0610})
        QTest::addRow("%o", mode) << false;
}

void tst_secrets::fileIsRefused()
{
    QFETCH(bool, good);
    const int mode = QByteArray(QTest::currentDataTag()).toInt(nullptr, 8);
    const QString path = put(u"key"_s, "s3cret\n", mode);
    SecretFiles files(m_folder);
    const auto value = read(files, u"key"_s);
    QCOMPARE(value.has_value(), good);
    if (good) {
        QCOMPARE(*value, "s3cret");
        return;
    }
    QVERIFY(value.error().code == ErrorCode::NotAuthorised);
    QCOMPARE(value.error().message, u"%1 is refused: its mode is 0%2; do: chmod 600 %1"_s.arg(path, QString::number(mode, 8)));
}

void tst_secrets::fileOfAnother()
{
    const QString path = put(u"key"_s, "s3cret\n", 0600);
    QVERIFY2(::chown(QFile::encodeName(path).constData(), 65534, 65534) == 0, "the tests run as root, who can give a file away");
    SecretFiles files(m_folder);
    QVERIFY(read(files, u"key"_s).error().message.contains(u"belongs to another user"_s));
}

void tst_secrets::linkIsRefused()
{
    put(u"key"_s, "s3cret\n", 0600);
    QVERIFY(QFile::link(m_folder + u"/key"_s, m_folder + u"/link"_s));
    SecretFiles files(m_folder);
    QVERIFY(!read(files, u"link"_s));
    QVERIFY(QDir().mkpath(m_folder + u"/folder"_s));
    QVERIFY(!read(files, u"folder"_s));
}

void tst_secrets::folderOfAll()
{
    put(u"key"_s, "s3cret\n", 0600);
    QVERIFY(::chmod(QFile::encodeName(m_folder).constData(), 0777) == 0);
    SecretFiles files(m_folder);
    QVERIFY(read(files, u"key"_s).error().message.contains(u"others can write its folder"_s));
    QVERIFY(!write(files, u"key"_s, "x"));
}

void tst_secrets::names_data()
{
    QTest::addColumn<QString>("name");
    for (const char *name : {"", ".", "..", "../key", "a/b", ".hidden", "a b", "a\nb", "a\n", "-x"})
        QTest::addRow("%s", QByteArray(name).toPercentEncoding().constData()) << QString::fromLatin1(name);
    QTest::newRow("long") << QString(65, u'a');
    QTest::newRow("umlaut") << u"schlüssel"_s;
}

void tst_secrets::names()
{
    QFETCH(QString, name);
    SecretFiles files(m_folder);
    QVERIFY(read(files, name).error().code == ErrorCode::Invalid);
    QVERIFY(!write(files, name, "x"));
    SecretKeychain keychain;
    QVERIFY(!write(keychain, name, "x"));
}

void tst_secrets::linesFile()
{
    const QString path = put(u"lines"_s, "# the operators' file\n a-key = one=1 \nempty=\n#hidden=no\nb=two\r\n", 0600);
    put(u"a-key"_s, "from the folder", 0600);
    put(u"empty"_s, "from the folder", 0600);
    SecretFiles files(m_folder, path);
    QCOMPARE(read(files, u"a-key"_s).value_or("?"), "one=1");
    QCOMPARE(read(files, u"b"_s).value_or("?"), "two");
    QCOMPARE(read(files, u"empty"_s).value_or("?"), "from the folder");
    QVERIFY(read(files, u"hidden"_s).error().code == ErrorCode::NotFound);
    QVERIFY(::chmod(QFile::encodeName(path).constData(), 0644) == 0);
    QVERIFY(read(files, u"b"_s).error().code == ErrorCode::NotAuthorised);
    SecretFiles gone(m_folder, m_folder + u"/not-there"_s); // it was asked for, so it is no other place that has it
    QVERIFY(!read(gone, u"a-key"_s) && read(gone, u"a-key"_s).error().code != ErrorCode::NotFound);
}

void tst_secrets::removes()
{
    SecretFiles files(m_folder);
    QVERIFY(write(files, u"a"_s, "1"));
    QVERIFY(write(files, u"b"_s, "2"));
    QCOMPARE(namesIn(files).value_or(QStringList()), QStringList({u"a"_s, u"b"_s}));
    QVERIFY(remove(files, u"a"_s));
    QVERIFY(remove(files, u"a"_s).error().code == ErrorCode::NotFound);
    QCOMPARE(namesIn(files).value_or(QStringList()), QStringList{u"b"_s});
}

void tst_secrets::keychainKeeps()
{
    QVERIFY(SecretKeychain::isThere());
    SecretKeychain keychain;
    const QByteArray value("pa\xC3\xA9ss \"word\"\nwith lines \xFF and bytes");
    const Status written = write(keychain, u"mail"_s, value);
    QVERIFY2(written, qPrintable(written ? QString() : written.error().message));
    QCOMPARE(read(keychain, u"mail"_s).value_or("?"), value);
    QVERIFY(write(keychain, u"mail"_s, "another"));
    SecretKeychain second; // not a memory of ours
    QCOMPARE(read(second, u"mail"_s).value_or("?"), "another");
    QProcess tool; // and seen from outside
    tool.start(u"secret-tool"_s, {u"search"_s, u"--all"_s, u"server"_s, u"prunella"_s});
    QVERIFY2(tool.waitForFinished(), "install the package libsecret-tools");
    const QByteArray output = tool.readAllStandardOutput() + tool.readAllStandardError();
    QVERIFY2(output.contains(QByteArray("secret = ").append(QByteArray("another").toBase64())), output.constData());
}

void tst_secrets::keychainHasNot()
{
    SecretKeychain keychain;
    QVERIFY(read(keychain, u"never-written"_s).error().code == ErrorCode::NotFound);
    QVERIFY(remove(keychain, u"never-written"_s).error().code == ErrorCode::NotFound);
}

void tst_secrets::keychainLists()
{
    SecretKeychain keychain(u"prunella-listing"_s);
    QCOMPARE(namesIn(keychain).value_or(QStringList{u"?"_s}), QStringList());
    QVERIFY(write(keychain, u"b"_s, "2"));
    QVERIFY(write(keychain, u"a"_s, "1"));
    QVERIFY(write(keychain, u"a"_s, "3"));
    QCOMPARE(namesIn(keychain).value_or(QStringList()), QStringList({u"a"_s, u"b"_s}));
    QVERIFY(remove(keychain, u"b"_s));
    QCOMPARE(namesIn(keychain).value_or(QStringList()), QStringList{u"a"_s});
    QVERIFY(!read(keychain, u"b"_s));
}

/// As in the engine, whose thread comes and goes while the application stays.
void tst_secrets::keychainInAnotherThread()
{
    SecretKeychain here;
    QVERIFY(write(here, u"thread"_s, "value"));
    for (int round = 0; round < 3; ++round) {
        QByteArray found;
        std::unique_ptr<QThread> thread(QThread::create([&found] {
            SecretKeychain keychain;
            QEventLoop loop;
            keychain.read(u"thread"_s, [&](const Result<QByteArray> &value) {
                found = value ? *value : value.error().message.toUtf8();
                loop.quit();
            });
            loop.exec();
        }));
        thread->start();
        QTRY_VERIFY_WITH_TIMEOUT(thread->isFinished(), 30'000);
        QCOMPARE(found, "value");
    }
    std::make_unique<SecretKeychain>()->read(u"thread"_s, [](const Result<QByteArray> &) { QFAIL("answered after its end"); });
    QVERIFY(read(here, u"thread"_s)); // time for the other to be answered
}

void tst_secrets::fileBeatsKeychain()
{
    Secrets secrets;
    QVERIFY(write(secrets.keychain(), u"both"_s, "keychain"));
    const auto both = [&secrets] { return answerOf<Result<QByteArray>>([&](const SecretStore::Read &done) { secrets.read(u"both"_s, done); }); };
    QCOMPARE(both().value_or("?"), "keychain");
    QVERIFY(write(secrets.files(), u"both"_s, "file"));
    QCOMPARE(both().value_or("?"), "file");
    put(u"both"_s, "file", 0644); // a refused one is told, not passed over
    QVERIFY(both().error().code == ErrorCode::NotAuthorised);
}

void tst_secrets::nowhere()
{
    Secrets secrets;
    const auto value = answerOf<Result<QByteArray>>([&](const SecretStore::Read &done) { secrets.read(u"lost"_s, done); });
    QVERIFY(value.error().code == ErrorCode::NotFound);
    QCOMPARE(value.error().message, u"secret \"lost\": no file has it, and it is not in the keychain; do: prunellactl secret set lost"_s);
}

void tst_secrets::noKeychain()
{
    const QByteArray address = qgetenv("DBUS_SESSION_BUS_ADDRESS");
    qunsetenv("DBUS_SESSION_BUS_ADDRESS"); // in the folder of XDG_RUNTIME_DIR there is none either
    SecretKeychain keychain;
    const auto value = read(keychain, u"mail"_s);
    const bool there = SecretKeychain::isThere();
    qputenv("DBUS_SESSION_BUS_ADDRESS", address);
    QVERIFY(!there);
    QVERIFY(value.error().code == ErrorCode::Unavailable);
    QCOMPARE(value.error().message, u"there is no keychain: no session bus"_s);
}

/// Nobody is there to unlock it: an answer comes all the same.
void tst_secrets::lockedKeychain()
{
    SecretKeychain before;
    QVERIFY(write(before, u"locked"_s, "value"));
    QProcess lock;
    lock.start(u"secret-tool"_s, {u"lock"_s});
    QVERIFY(lock.waitForFinished());
    SecretKeychain keychain(u"prunella"_s, 1500);
    const auto value = read(keychain, u"locked"_s);
    QVERIFY2(!value, "read from a locked keychain");
    // gnome-keyring either waits for its prompt, or says at once that it has nothing that is unlocked.
    QVERIFY(value.error().code == ErrorCode::Timeout || value.error().code == ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(tst_secrets)
#include "tst_secrets.moc"
