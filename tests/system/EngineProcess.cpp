#include "EngineProcess.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QSignalSpy>

#include <csignal>

namespace prunella::testing {

using namespace Qt::StringLiterals;

namespace {

QString program()
{
    return QStringLiteral(BUILD_DIR) + u"/bin/prunellactl"_s;
}

bool matches(const QJsonObject &seen, const QString &event, const QString &component)
{
    return (event.isEmpty() || seen.value(u"event").toString() == event)
        && (component.isEmpty() || seen.value(u"component").toString() == component);
}

} // namespace

QString outDirectory(const QString &name)
{
    const QString root = qEnvironmentVariable("OUT", QDir::tempPath());
    QTemporaryDir dir(root + u'/' + name + u"-XXXXXX"_s);
    dir.setAutoRemove(false); // under $OUT: kept, so that a failed run can be looked at
    return dir.path();
}

EngineProcess::EngineProcess(const QString &dir, const QString &config)
    : m_dir(dir)
{
    if (!config.isEmpty())
        configure(config);
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &EngineProcess::read);
    connect(&m_process, &QProcess::readyReadStandardError, this, [this] { m_errors += m_process.readAllStandardError(); });
    connect(&m_process, &QProcess::finished, this, [this] {
        m_errors += m_process.readAllStandardError();
        read(); // tells also that it ended
    });
}

EngineProcess::~EngineProcess()
{
    disconnect(&m_process, nullptr, this, nullptr);
    kill9();
}

void EngineProcess::configure(const QString &config) const
{
    QFile file(configFile());
    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(config.toUtf8());
    }
}

bool EngineProcess::start(const QStringList &environment, const QStringList &prefix)
{
    m_events.clear();
    m_pending.clear();
    m_errors.clear();
    QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
    variables.remove(u"PRUNELLA_KILL_AT"_s);
    for (const QString &assignment : environment)
        variables.insert(assignment.section(u'=', 0, 0), assignment.section(u'=', 1));
    m_process.setProcessEnvironment(variables);
    QStringList words = prefix;
    words << program() << u"run"_s << u"--json"_s << u"--config"_s << configFile() << u"--state-dir"_s << stateDir();
    const QString first = words.takeFirst();
    m_process.start(first, words);
    waitUntil([this] { return !isRunning() || !events(u"ready"_s).isEmpty(); }, 20'000);
    return !events(u"ready"_s).isEmpty();
}

void EngineProcess::kill9()
{
    if (!isRunning())
        return;
    m_process.kill();
    m_process.waitForFinished(5000);
}

int EngineProcess::stop()
{
    m_process.terminate();
    return ends() && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

void EngineProcess::reload()
{
    ::kill(pid_t(pid()), SIGHUP);
}

bool EngineProcess::ends(int timeoutMs)
{
    return waitUntil([this] { return !isRunning(); }, timeoutMs);
}

bool EngineProcess::sees(const QString &event, const QString &component, int timeoutMs, int times)
{
    return waitUntil([&] { return events(event, component).size() >= times; }, timeoutMs);
}

bool EngineProcess::seesAny(const QStringList &names, const QString &component, int timeoutMs)
{
    return waitUntil([&] { return std::any_of(names.begin(), names.end(), [&](const QString &name) { return !events(name, component).isEmpty(); }); },
                     timeoutMs);
}

bool EngineProcess::knows(const QString &component, int timeoutMs)
{
    return waitUntil([&] {
        const auto seen = events(u"health"_s, component);
        return !seen.isEmpty() && !seen.last().value(u"reason").toString().contains(u"not seen yet"_s);
    }, timeoutMs);
}

bool EngineProcess::seesReason(const QString &event, const QString &text, int timeoutMs)
{
    return waitUntil([&] {
        const auto seen = events(event);
        return std::any_of(seen.begin(), seen.end(), [&](const QJsonObject &one) { return one.value(u"reason").toString().contains(text); });
    }, timeoutMs);
}

QList<QJsonObject> EngineProcess::events(const QString &event, const QString &component) const
{
    QList<QJsonObject> found;
    std::copy_if(m_events.begin(), m_events.end(), std::back_inserter(found),
                 [&](const QJsonObject &one) { return matches(one, event, component); });
    return found;
}

QString EngineProcess::eventsText() const
{
    QString text;
    for (const QJsonObject &event : m_events)
        text += u"\n  "_s + QString::fromUtf8(QJsonDocument(event).toJson(QJsonDocument::Compact));
    return text + u"\n  stderr: "_s + errors().trimmed();
}

EngineProcess::Answer EngineProcess::call(const QStringList &arguments) const
{
    QProcess process;
    process.start(program(), arguments + QStringList{u"--state-dir"_s, stateDir()});
    if (!process.waitForFinished(20'000))
        return {};
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
}

QJsonArray EngineProcess::incidents() const
{
    return QJsonDocument::fromJson(call({u"incidents"_s, u"--json"_s}).out.toUtf8()).array();
}

QJsonObject EngineProcess::incident(const QString &component) const
{
    QList<QJsonObject> found;
    for (const auto &value : incidents()) {
        if (value.toObject().value(u"component").toString() == component)
            found.append(value.toObject());
    }
    return found.size() == 1 ? found.first() : QJsonObject();
}

QJsonObject EngineProcess::status() const
{
    return QJsonDocument::fromJson(call({u"status"_s, u"--json"_s}).out.toUtf8()).object();
}

QJsonObject EngineProcess::component(const QString &name) const
{
    for (const auto &value : status().value(u"components").toArray()) {
        if (value.toObject().value(u"name").toString() == name)
            return value.toObject();
    }
    return {};
}

void EngineProcess::read()
{
    m_pending += m_process.readAllStandardOutput();
    while (m_pending.contains('\n')) {
        const qsizetype end = m_pending.indexOf('\n');
        const QByteArray line = m_pending.left(end);
        m_pending.remove(0, end + 1);
        const QJsonObject event = QJsonDocument::fromJson(line).object();
        if (event.isEmpty()) // every line must be one event
            m_errors += "NOT JSON: " + line + '\n';
        else
            m_events.append(event);
    }
    Q_EMIT eventRead();
}

/// Looks again whenever the engine said something; gives up when it ended or the time is over.
bool EngineProcess::waitUntil(const std::function<bool()> &holds, int timeoutMs)
{
    QElapsedTimer timer;
    timer.start();
    while (!holds()) {
        const qint64 left = timeoutMs - timer.elapsed();
        if (left <= 0 || !isRunning())
            return holds();
        QSignalSpy said(this, &EngineProcess::eventRead);
        said.wait(int(left));
    }
    return true;
}

} // namespace prunella::testing
