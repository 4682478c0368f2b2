// prunellactl secret: values go in by stdin or a terminal without an echo, and never come out.
#include "app/ctl/Commands.h"
#include "core/notification/Secrets.h"

#include <QEventLoop>

#include <array>
#include <cstdio>
#include <termios.h>
#include <unistd.h>

namespace prunella::ctl {
namespace {

/// Waits for a store's answer.
template<typename T, typename Start>
T answerOf(Start start)
{
    std::optional<T> answer;
    QEventLoop loop;
    start([&](const T &value) {
        answer = value;
        loop.quit();
    });
    if (!answer)
        loop.exec();
    return answer.value_or(T(failure(ErrorCode::Internal, QStringLiteral("no answer"))));
}

/// The terminal shows nothing of what is typed, until this goes.
class NoEcho
{
public:
    NoEcho() : m_isTerminal(tcgetattr(STDIN_FILENO, &m_before) == 0)
    {
        termios quiet = m_before;
        quiet.c_lflag &= ~tcflag_t(ECHO);
        if (m_isTerminal)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~NoEcho()
    {
        if (!m_isTerminal)
            return;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &m_before);
        printError({});
    }
    Q_DISABLE_COPY_MOVE(NoEcho)

private:
    termios m_before{};
    bool m_isTerminal;
};

QByteArray readSecret(const QString &name)
{
    const bool terminal = ::isatty(STDIN_FILENO) != 0;
    if (terminal) {
        std::fprintf(stderr, "Secret %s (not shown): ", qPrintable(name));
        std::fflush(stderr);
    }
    const NoEcho quiet;
    QByteArray text;
    std::array<char, 4096> buffer;
    for (ssize_t count = 1; count > 0 && text.size() <= 65'538 && !(terminal && text.contains('\n')); ) {
        count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        text.append(buffer.data(), qMax<ssize_t>(count, 0));
    }
    if (text.endsWith('\n'))
        text.chop(1);
    if (text.endsWith('\r'))
        text.chop(1);
    return text;
}

Status removeFrom(SecretStore &store, const QString &name)
{
    return answerOf<Status>([&](const SecretStore::Done &done) { store.remove(name, done); });
}

SecretStore &storeFor(Secrets &secrets, const std::string &place)
{
    const bool keychain = place == "keychain" || (place.empty() && SecretKeychain::isThere());
    return keychain ? secrets.keychain() : secrets.files();
}

/// Names in a store; one that is not there has none.
Status namesIn(SecretStore &store, QStringList &found)
{
    const Status status = answerOf<Status>([&](const SecretStore::Done &done) {
        store.names([&found, done](const Result<QStringList> &names) {
            if (!names)
                return done(failure(names.error().code, names.error().message));
            found = *names;
            done({});
        });
    });
    return status || status.error().code == ErrorCode::Unavailable ? Status() : status;
}

} // namespace

int setSecret(const SecretOptions &what)
{
    const QString name = qs(what.name);
    if (!isSecretName(name))
        return complain({ErrorCode::Invalid, QStringLiteral("%1 is no name of a secret: expected up to 64 letters, digits and . _ -").arg(name)});
    Secrets secrets;
    SecretStore &store = storeFor(secrets, what.store);
    const QByteArray value = readSecret(name);
    const Status written = answerOf<Status>([&](const SecretStore::Done &done) { store.write(name, value, done); });
    if (!written) {
        const QString help = store.place() == QStringLiteral("keychain") ? QStringLiteral(" (--store file keeps it in a file)") : QString();
        return complain({written.error().code, QStringLiteral("secret %1: %2%3").arg(name, written.error().message, help)});
    }
    print(QStringLiteral("%1: kept in the %2").arg(name, store.place()));
    // An older one elsewhere would be found first, or come back one day.
    SecretStore &other = &store == &secrets.files() ? secrets.keychain() : secrets.files();
    if (const Status removed = removeFrom(other, name); removed)
        print(QStringLiteral("%1: removed from the %2").arg(name, other.place()));
    return Done;
}

int removeSecret(const SecretOptions &what)
{
    const QString name = qs(what.name);
    Secrets secrets;
    int result = AnswerIsNo;
    for (SecretStore *store : {&secrets.files(), &secrets.keychain()}) {
        const Status removed = removeFrom(*store, name);
        if (removed) {
            print(QStringLiteral("%1: removed from the %2").arg(name, store->place()));
            result = Done;
        } else if (removed.error().code != ErrorCode::NotFound && removed.error().code != ErrorCode::Unavailable) {
            return complain({removed.error().code, QStringLiteral("secret %1: %2").arg(name, removed.error().message)});
        }
    }
    return result == Done ? result : complain({ErrorCode::NotFound, QStringLiteral("there is no secret %1").arg(name)});
}

int listSecrets(const Options &options)
{
    Secrets secrets;
    QList<QStringList> rows;
    QJsonArray list;
    for (SecretStore *store : {&secrets.files(), &secrets.keychain()}) {
        QStringList names;
        if (const Status status = namesIn(*store, names); !status)
            return complain({status.error().code, QStringLiteral("%1: %2").arg(store->place(), status.error().message)});
        for (const QString &name : std::as_const(names)) {
            rows.append({name, store->place()});
            list.append(QJsonObject{{QStringLiteral("name"), name}, {QStringLiteral("store"), store->place()}});
        }
    }
    if (options.json)
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("secrets"), list}});
    else if (rows.isEmpty())
        print(QStringLiteral("no secrets"));
    else
        printTable({QStringLiteral("NAME"), QStringLiteral("STORE")}, rows);
    return Done;
}

} // namespace prunella::ctl
