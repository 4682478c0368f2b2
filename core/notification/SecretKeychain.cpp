#include "core/notification/SecretKeychain.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QFileInfo>
#include <QFuture>
#include <QPromise>
#include <QTimer>
#include <QUuid>
#include <qt6keychain/keychain.h>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

const QString kNames = u"prunella-names"_s;

// libdbus would start a bus of its own where there is none: nobody keeps secrets on that one.
bool hasSessionBus()
{
    if (!qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS"))
        return true;
    const QString runtime = qEnvironmentVariable("XDG_RUNTIME_DIR");
    return !runtime.isEmpty() && QFileInfo::exists(runtime + u"/bus"_s);
}

Status jobStatus(const QKeychain::Job &job)
{
    switch (job.error()) {
    case QKeychain::NoError:
        return {};
    case QKeychain::EntryNotFound:
        return failure(ErrorCode::NotFound, u"it is not in the keychain"_s);
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied:
        return failure(ErrorCode::NotAuthorised, u"the keychain refused: "_s + job.errorString());
    default:
        return failure(ErrorCode::Unavailable, u"the keychain failed: "_s + job.errorString());
    }
}

using Outcome = Result<QByteArray>;

/// Once: the job's end, or the end of the time. Lives in the application's thread.
class Call : public QObject
{
public:
    explicit Call(QKeychain::Job *job, int timeoutMs, QPromise<Outcome> promise) : m_promise(std::move(promise))
    {
        m_promise.start();
        connect(job, &QKeychain::Job::finished, this, [this](QKeychain::Job *ended) {
            const Status status = jobStatus(*ended);
            const auto *read = qobject_cast<QKeychain::ReadPasswordJob *>(ended);
            answer(status ? Outcome(read ? read->binaryData() : QByteArray()) : Outcome(tl::unexpected(status.error())));
        });
        QTimer::singleShot(timeoutMs, this, [this] {
            answer(failure(ErrorCode::Timeout, u"the keychain does not answer; does it wait to be unlocked?"_s));
        });
        job->start();
    }

private:
    void answer(const Outcome &outcome)
    {
        if (std::exchange(m_answered, true))
            return;
        m_promise.addResult(outcome);
        m_promise.finish();
        deleteLater();
    }
    QPromise<Outcome> m_promise;
    bool m_answered = false;
};

/// `makeJob` runs in the application's thread.
template<typename MakeJob>
QFuture<Outcome> inApplicationThread(int timeoutMs, MakeJob makeJob)
{
    const auto promise = std::make_shared<QPromise<Outcome>>();
    QFuture<Outcome> future = promise->future();
    if (!qApp) { // nothing turns there any more
        promise->start();
        promise->addResult(failure(ErrorCode::Unavailable, u"there is no keychain: the application has ended"_s));
        promise->finish();
        return future;
    }
    QMetaObject::invokeMethod(qApp, [timeoutMs, promise, makeJob] {
        if (hasSessionBus()) {
            new Call(makeJob(), timeoutMs, std::move(*promise)); // deletes itself
            return;
        }
        promise->start();
        promise->addResult(failure(ErrorCode::Unavailable, u"there is no keychain: no session bus"_s));
        promise->finish();
    }, Qt::QueuedConnection);
    return future;
}

QFuture<Outcome> readJob(const QString &service, const QString &name, int timeoutMs)
{
    return inApplicationThread(timeoutMs, [service, name] {
        auto *job = new QKeychain::ReadPasswordJob(service);
        job->setKey(name);
        return static_cast<QKeychain::Job *>(job);
    });
}

QFuture<Outcome> writeJob(const QString &service, const QString &name, const QByteArray &value, int timeoutMs)
{
    return inApplicationThread(timeoutMs, [service, name, value] {
        auto *job = new QKeychain::WritePasswordJob(service);
        job->setKey(name);
        job->setBinaryData(value);
        return static_cast<QKeychain::Job *>(job);
    });
}

QFuture<Outcome> deleteJob(const QString &service, const QString &name, int timeoutMs)
{
    return inApplicationThread(timeoutMs, [service, name] {
        auto *job = new QKeychain::DeletePasswordJob(service);
        job->setKey(name);
        return static_cast<QKeychain::Job *>(job);
    });
}

/// In the context's thread; not at all when the context is gone by then.
template<typename Function>
void later(QFuture<Outcome> future, QObject *context, Function function)
{
    future.then(context, [function](const Outcome &outcome) { function(outcome); });
}

Status statusOf(const Outcome &outcome)
{
    return outcome ? Status() : Status(tl::unexpected(outcome.error()));
}

} // namespace

SecretKeychain::SecretKeychain(const QString &service, int timeoutMs) : m_service(service), m_timeoutMs(timeoutMs) {}

bool SecretKeychain::isThere()
{
    if (!hasSessionBus())
        return false;
    const QString name = u"prunella-keychain-"_s + QUuid::createUuid().toString(QUuid::WithoutBraces);
    bool found = false;
    {
        const QDBusConnection bus = QDBusConnection::connectToBus(QDBusConnection::SessionBus, name);
        if (bus.isConnected()) {
            const QStringList known = bus.interface()->registeredServiceNames().value() + bus.interface()->activatableServiceNames().value();
            found = known.contains("org.freedesktop.secrets"_L1) || known.contains("org.kde.kwalletd5"_L1) || known.contains("org.kde.kwalletd6"_L1);
        }
    }
    QDBusConnection::disconnectFromBus(name);
    return found;
}

void SecretKeychain::read(const QString &name, Read read)
{
    later(readJob(m_service, name, m_timeoutMs), &m_context, std::move(read));
}

void SecretKeychain::write(const QString &name, const QByteArray &value, Done done)
{
    if (const Status good = checkSecret(value); !good || !isSecretName(name) || name == kNames) {
        const Status wrong = good ? failure(ErrorCode::Invalid, u"that is no name of a secret: expected letters, digits and . _ -, at most 64"_s) : good;
        QMetaObject::invokeMethod(&m_context, [wrong, done = std::move(done)] { done(wrong); }, Qt::QueuedConnection);
        return;
    }
    later(writeJob(m_service, name, value, m_timeoutMs), &m_context, [this, name, done](const Outcome &outcome) {
        if (!outcome)
            return done(statusOf(outcome));
        noteName(name, true, done);
    });
}

void SecretKeychain::remove(const QString &name, Done done)
{
    later(readJob(m_service, name, m_timeoutMs), &m_context, [this, name, done](const Outcome &known) {
        if (!known) // deleting says yes to what was never there
            return done(statusOf(known));
        later(deleteJob(m_service, name, m_timeoutMs), &m_context, [this, name, done](const Outcome &outcome) {
            if (!outcome)
                return done(statusOf(outcome));
            noteName(name, false, done);
        });
    });
}

void SecretKeychain::names(Names names)
{
    later(readJob(m_service, kNames, m_timeoutMs), &m_context, [names](const Outcome &outcome) {
        if (!outcome && outcome.error().code != ErrorCode::NotFound)
            return names(tl::unexpected(outcome.error()));
        QStringList list = QString::fromUtf8(outcome.value_or(QByteArray())).split(u'\n', Qt::SkipEmptyParts);
        list.sort();
        names(list);
    });
}

void SecretKeychain::noteName(const QString &name, bool there, Done done)
{
    names([this, name, there, done](const Result<QStringList> &known) {
        if (!known)
            return done(tl::unexpected(known.error()));
        QStringList list = *known;
        list.removeAll(name);
        if (there)
            list.append(name);
        later(writeJob(m_service, kNames, list.join(u'\n').toUtf8() + '\n', m_timeoutMs), &m_context,
              [done](const Outcome &outcome) { done(statusOf(outcome)); });
    });
}

} // namespace prunella
