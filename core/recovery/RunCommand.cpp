#include "core/recovery/RunCommand.h"

#include "core/recovery/OpenFile.h"

#include <QFile>
#include <QStandardPaths>

#include <cerrno>
#include <cstdlib>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

const QString safePath = u"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"_s;

struct Account {
    ChildUser rights;
    QByteArray name, home;
    bool isOurs = true;
};

/// `name` empty: our own user.
Result<Account> accountOf(const QString &name)
{
    QByteArray buffer(64 * 1024, '\0');
    passwd entry{};
    passwd *found = nullptr;
    const QByteArray wanted = name.toLocal8Bit();
    const int error = name.isEmpty() ? getpwuid_r(geteuid(), &entry, buffer.data(), std::size_t(buffer.size()), &found)
                                     : getpwnam_r(wanted.constData(), &entry, buffer.data(), std::size_t(buffer.size()), &found);
    if (!found && name.isEmpty()) // an account without an entry, as in some containers
        return Account{{geteuid(), getegid(), {}}, QByteArray::number(geteuid()), "/", true};
    if (!found)
        return failure(ErrorCode::NotFound, error == 0 ? u"there is no user "_s + name : u"cannot look up the user "_s + name);
    Account account{{entry.pw_uid, entry.pw_gid, {}}, entry.pw_name, entry.pw_dir, entry.pw_uid == geteuid()};
    int count = 1024;
    account.rights.groups.resize(std::size_t(count));
    if (getgrouplist(entry.pw_name, entry.pw_gid, account.rights.groups.data(), &count) < 0)
        return failure(ErrorCode::Internal, u"the user %1 is in more than 1024 groups"_s.arg(name));
    account.rights.groups.resize(std::size_t(count));
    return account;
}

/// Who can change the program decides what is run with these rights.
Status trusted(const QByteArray &program, const ChildUser &user)
{
    struct stat info {};
    const QString path = QFile::decodeName(program);
    if (stat(program.constData(), &info) != 0)
        return systemFailure(u"cannot execute "_s + path, errno);
    if (!S_ISREG(info.st_mode) || (info.st_mode & 0111) == 0)
        return failure(ErrorCode::NotAuthorised, path + u" is no program that may be executed (chmod +x)"_s);
    const bool owned = info.st_uid == 0 || info.st_uid == user.uid || (info.st_uid == geteuid() && user.uid != 0);
    if (!owned || (info.st_mode & S_IWOTH) != 0)
        return failure(ErrorCode::NotAuthorised, path + u" could be changed by users other than root and the one that runs it"_s);
    if (user.uid == geteuid() && access(program.constData(), X_OK) != 0)
        return systemFailure(u"cannot execute "_s + path, errno);
    return {};
}

QByteArrayList environmentFor(const CommandConfig &config, const Account &account)
{
    QMap<QString, QString> merged{{u"PATH"_s, safePath}, {u"HOME"_s, QFile::decodeName(account.home)}};
    merged.insert(u"USER"_s, QString::fromLocal8Bit(account.name));
    merged.insert(u"LOGNAME"_s, QString::fromLocal8Bit(account.name));
    QStringList inherited{u"LANG"_s, u"TZ"_s};
    if (account.isOurs)
        inherited.append({u"XDG_RUNTIME_DIR"_s, u"DBUS_SESSION_BUS_ADDRESS"_s});
    for (const QString &name : std::as_const(inherited))
        if (qEnvironmentVariableIsSet(name.toLatin1().constData()))
            merged.insert(name, qEnvironmentVariable(name.toLatin1().constData()));
    merged.insert(config.environment);
    QByteArrayList lines;
    for (auto it = merged.cbegin(); it != merged.cend(); ++it)
        lines.append(QFile::encodeName(it.key() + u'=' + it.value()));
    return lines;
}

QString verdict(const CommandConfig &config, const ChildEnd &end)
{
    QString text = end.signalled ? u"signal %1 (%2)"_s.arg(end.status).arg(QString::fromLatin1(sigabbrev_np(end.status)))
                                 : u"exit status %1"_s.arg(end.status);
    if (end.why == ChildEnd::Why::TimedOut)
        text = u"did not end within its time and was ended"_s;
    else if (end.why == ChildEnd::Why::Cancelled)
        text = u"was cancelled and ended"_s;
    if (end.leftBehind > 0 && end.why == ChildEnd::Why::Ended)
        text += u", %1 processes that it had left behind were ended"_s.arg(end.leftBehind);
    return config.name + u": "_s + text + (end.output.isEmpty() ? QString() : u'\n' + end.output);
}

} // namespace

RunCommand::RunCommand(CommandConfig config, int graceMs) : m_config(std::move(config)), m_graceMs(graceMs) {}

Result<ChildSpec> RunCommand::prepare(const CommandConfig &config)
{
    const QString name = config.command.value(0);
    if (name.isEmpty())
        return failure(ErrorCode::Invalid, u"command %1 is empty"_s.arg(config.name));
    const Result<Account> account = accountOf(config.user);
    if (!account)
        return tl::unexpected(account.error());
    if (!account->isOurs && geteuid() != 0)
        return failure(ErrorCode::NotAuthorised, u"only root may run %1 as user %2"_s.arg(config.name, config.user));
    ChildSpec spec;
    const QString program = name.contains(u'/') ? name : QStandardPaths::findExecutable(name, safePath.split(u':'));
    if (program.isEmpty())
        return failure(ErrorCode::NotFound, u"cannot execute %1: not found in %2"_s.arg(name, safePath));
    spec.program = QFile::encodeName(program);
    if (const Status fine = trusted(spec.program, account->rights); !fine)
        return tl::unexpected(fine.error());
    spec.workingDirectory = config.workingDirectory.isEmpty() ? QByteArray("/") : QFile::encodeName(config.workingDirectory);
    struct stat info {};
    if (stat(spec.workingDirectory.constData(), &info) != 0 || !S_ISDIR(info.st_mode))
        return failure(ErrorCode::NotFound, u"there is no working directory %1"_s.arg(config.workingDirectory));
    for (const QString &word : config.command)
        spec.arguments.append(QFile::encodeName(word));
    spec.environment = environmentFor(config, *account);
    if (!account->isOurs)
        spec.user = account->rights;
    return spec;
}

ActionResult RunCommand::run(const ActionRequest &request, CancelToken &token)
{
    const Result<ChildSpec> spec = prepare(m_config);
    const auto refused = [&](const Error &error) {
        return failed(request, error.code == ErrorCode::NotAuthorised ? FailureKind::NotAuthorised : FailureKind::Failed, error.message);
    };
    if (!spec)
        return refused(spec.error());
    // The action's time holds the grace as well, so that the child has ended before the runner gives up.
    const qint64 grace = std::min<qint64>(m_graceMs, request.timeoutMs / 2);
    const Result<ChildEnd> end = runChild(*spec, std::min<qint64>(m_config.timeoutMs, request.timeoutMs - grace), grace, token);
    if (!end)
        return refused(end.error());
    const QString text = verdict(m_config, *end);
    if (end->why == ChildEnd::Why::Cancelled)
        return cancelled(request, text);
    if (end->why == ChildEnd::Why::TimedOut)
        return failed(request, FailureKind::Timeout, text);
    return end->status == 0 && !end->signalled ? completed(request, text) : failed(request, FailureKind::Failed, text);
}

const CommandConfig *RunCommand::commandFor(const QList<CommandConfig> &commands, const QString &causeId)
{
    const auto it = std::find_if(commands.cbegin(), commands.cend(), [&](const CommandConfig &command) {
        return command.causes.isEmpty() || command.causes.contains(causeId);
    });
    return it == commands.cend() ? nullptr : &*it;
}

QString quotedVector(const QStringList &words)
{
    QStringList quoted;
    for (const QString &word : words)
        quoted.append(u'"' + QString(word).replace(u'\\', u"\\\\"_s).replace(u'"', u"\\\""_s).replace(u'\n', u"\\n"_s) + u'"');
    return u'[' + quoted.join(u", "_s) + u']';
}

QString RunCommand::describe(const CommandConfig &config)
{
    const QStringList variables = config.environment.keys(); // without values: one of them may be a secret
    return u"run "_s + quotedVector(config.command) + (config.user.isEmpty() ? QString() : u" as user "_s + config.user)
        + (config.workingDirectory.isEmpty() ? QString() : u" in "_s + config.workingDirectory)
        + (variables.isEmpty() ? QString() : u" with "_s + variables.join(u", "_s)) + u", at most %1 s"_s.arg(double(config.timeoutMs) / 1000);
}

} // namespace prunella
