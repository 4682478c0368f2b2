#pragma once
// A podman of the test's own: storage, containers and API socket below one temporary folder. Needs root and the packages
// podman, runc and busybox-static. Containers have no network.
#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace prunella::testing {
using namespace Qt::StringLiterals;

class Podman
{
public:
    ~Podman() ///< ends and removes what it made
    {
        run({u"rm"_s, u"-f"_s, u"-a"_s, u"-t"_s, u"0"_s});
        stopService();
    }

    /// Builds the image good:1, which runs until it is stopped, and starts the API. Empty, or what is missing.
    [[nodiscard]] QString start()
    {
        bool ok = false;
        const QString version = run({u"--version"_s}, &ok);
        if (!ok)
            return u"podman does not run (packages podman runc busybox-static): "_s + version;
        if (!buildImage(u"good:1"_s, u"CMD [\"/bin/sleep\",\"100000\"]"_s))
            return u"no image could be built (root is needed)"_s;
        return startService() ? QString() : u"podman's service does not answer at "_s + socket();
    }
    bool startService()
    {
        m_service.setStandardErrorFile(folder() + u"/service.log"_s);
        m_service.start(u"podman"_s, global() + QStringList{u"system"_s, u"service"_s, u"--time"_s, u"0"_s, u"unix://"_s + socket()});
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 15'000 && !answers())
            m_service.waitForFinished(20); // lets it come up; ends early when it fails
        return answers();
    }
    void stopService()
    {
        m_service.kill();
        m_service.waitForFinished(5000);
        QFile::remove(socket());
    }
    /// The output of a podman command; `ok` false when it failed, then its errors.
    QString run(const QStringList &arguments, bool *ok = nullptr) const
    {
        QProcess process;
        process.start(u"podman"_s, global() + arguments);
        const bool good = process.waitForFinished(60'000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
        if (ok)
            *ok = good;
        return QString::fromUtf8(good ? process.readAllStandardOutput() : process.readAllStandardError()).trimmed();
    }
    bool buildImage(const QString &tag, const QString &lastLines) const
    {
        const QString context = folder() + u"/image-"_s + QString(tag).replace(u':', u'-');
        QDir().mkpath(context);
        QFile::copy(u"/bin/busybox"_s, context + u"/busybox"_s);
        QFile file(context + u"/Dockerfile"_s);
        if (!file.open(QIODevice::WriteOnly))
            return false;
        file.write("FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/sleep\nCOPY busybox /bin/test\n" + lastLines.toUtf8() + '\n');
        file.close();
        bool ok = false;
        const QString text = run({u"build"_s, u"--isolation"_s, u"chroot"_s, u"-t"_s, tag, context}, &ok);
        return ok || (qWarning("podman build: %s", qPrintable(text)), false);
    }
    /// Runs a container in the background; false when it failed. It keeps nothing it was sent SIGTERM for: `stop` takes a second.
    bool runContainer(const QString &name, const QStringList &options = {}, const QStringList &command = {}, const QString &image = u"good:1"_s) const
    {
        bool ok = false;
        const QString text = run(QStringList{u"run"_s, u"-d"_s, u"--name"_s, name, u"--ulimit"_s, u"nofile=1024:1024"_s, u"--ulimit"_s,
                                             u"nproc=1000:1000"_s, u"--network"_s, u"none"_s, u"--stop-timeout"_s, u"1"_s} + options + QStringList{image} + command, &ok);
        return ok || (qWarning("podman run: %s", qPrintable(text)), false);
    }
    [[nodiscard]] QJsonObject inspect(const QString &container) const
    {
        return QJsonDocument::fromJson(run({u"container"_s, u"inspect"_s, container}).toUtf8()).array().first().toObject();
    }
    [[nodiscard]] qint64 pidOf(const QString &container) const { return inspect(container).value("State"_L1).toObject().value("Pid"_L1).toInteger(); }
    [[nodiscard]] QString imageOf(const QString &container) const { return inspect(container).value("Image"_L1).toString(); }
    [[nodiscard]] QString imageId(const QString &tag) const { return run({u"image"_s, u"inspect"_s, u"--format"_s, u"{{.Id}}"_s, tag}); }
    [[nodiscard]] QString folder() const { return m_dir.path(); }
    [[nodiscard]] QString socket() const { return folder() + u"/api.sock"_s; }
    /// What comes before every command of podman.
    [[nodiscard]] QStringList global() const
    {
        return {u"--root"_s, folder() + u"/root"_s, u"--runroot"_s, folder() + u"/run"_s, u"--tmpdir"_s, folder() + u"/tmp"_s, u"--storage-driver"_s, u"vfs"_s,
                u"--cgroup-manager"_s, u"cgroupfs"_s, u"--runtime"_s, u"runc"_s, u"--events-backend"_s, u"file"_s};
    }

private:
    [[nodiscard]] bool answers() const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        qstrncpy(address.sun_path, socket().toUtf8().constData(), sizeof(address.sun_path));
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool connected = ::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof(address)) == 0;
        ::close(fd);
        return connected;
    }

    QTemporaryDir m_dir{u"/var/tmp/prunella-podman-XXXXXX"_s};
    QProcess m_service;
};

} // namespace prunella::testing
