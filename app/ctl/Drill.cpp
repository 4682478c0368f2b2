#include "app/ctl/Drill.h"

#include "app/ctl/Commands.h"
#include "app/shared/Signals.h"
#include "core/base/Logging.h"
#include "core/model/Json.h"
#include "core/store/StoreReader.h"

#include <QCoreApplication>
#include <QFile>
#include <csignal>

namespace prunella::ctl {
namespace {

using namespace Qt::StringLiterals;

constexpr int limitMs = 60'000;

/// Settles fast, because a drill is watched; everything else is as in production.
const char *const configText = R"(self_healing:
  mode: automatic
  error_detection: {monitoring_interval: 1}
  recovery:
    max_retry_attempts: 3
    settle: 2s
    backoff: {initial: 500ms, factor: 2, max: 5s}
  escalation: []
  services:
    - name: drill-victim
      manager: process
      command: [%1]
)";

} // namespace

const QList<DrillKind> &drillKinds()
{
    static const QList<DrillKind> kinds{
        {u"service-crash"_s, u"starts a process and ends it with kill -9; it must run again"_s, {u"/bin/sleep"_s, u"infinity"_s}, true, IncidentStatus::Resolved},
        {u"crash-loop"_s, u"starts a process that dies at every start; it must be given up after three attempts"_s,
         {u"/usr/bin/timeout"_s, u"0.3"_s, u"/bin/sleep"_s, u"infinity"_s}, false, IncidentStatus::Escalated},
    };
    return kinds;
}

Drill::Drill(const DrillKind &kind, bool quiet)
    : m_kind(kind)
    , m_quiet(quiet)
{
    m_limit.setSingleShot(true);
    connect(&m_limit, &QTimer::timeout, this, [this] {
        m_failure = u"the drill did not end within %1 s"_s.arg(limitMs / 1000);
        Q_EMIT finished();
    });
}

Drill::~Drill()
{
    if (m_engine)
        m_engine->stop();
    endVictim();
}

void Drill::writeConfig() const
{
    QStringList quoted;
    for (const QString &word : m_kind.command)
        quoted.append(u'"' + word + u'"');
    QFile file(m_directory.filePath(u"config.yaml"_s));
    if (file.open(QIODevice::WriteOnly)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(QString::fromLatin1(configText).arg(quoted.join(u", "_s)).toUtf8());
    }
}

void Drill::start()
{
    writeConfig();
    EngineOptions options;
    options.sources.files = {m_directory.filePath(u"config.yaml"_s)};
    options.sources.explicitFile = true;
    options.stateDir = m_directory.filePath(u"state"_s);
    options.runtimeDir = options.stateDir;
    options.playbookDir = shippedPlaybooks();
    options.version = QCoreApplication::applicationVersion();
    options.frames = false;
    const auto loaded = loadConfig(options.sources);
    if (loaded.hasErrors()) {
        m_failure = loaded.problems.isEmpty() ? u"the drill's configuration is wrong"_s : toString(loaded.problems.first());
        QMetaObject::invokeMethod(this, &Drill::finished, Qt::QueuedConnection);
        return;
    }
    m_engine = std::make_unique<Engine>(options);
    connect(m_engine.get(), &Engine::eventHappened, this, &Drill::onEvent);
    connect(m_engine.get(), &Engine::incidentChanged, this, [this](const Incident &incident) { m_incident = incident; });
    connect(m_engine.get(), &Engine::startFailed, this, [this](const Error &error) {
        m_failure = error.message;
        Q_EMIT finished();
    });
    connect(m_engine.get(), &Engine::started, this, [this] {
        if (m_kind.killVictim)
            breakVictim();
    });
    m_brokenAt = m_clock.now().monotonicMs;
    m_limit.start(limitMs);
    m_engine->start(loaded);
}

void Drill::interrupt()
{
    m_failure = u"interrupted"_s;
    Q_EMIT finished();
}

qint64 Drill::victimPid() const
{
    auto reader = StoreReader::open(m_directory.filePath(u"state"_s));
    if (!reader)
        return 0;
    const auto state = (*reader)->storedState();
    return state && !state->processes.isEmpty() ? state->processes.first().pid : 0;
}

void Drill::breakVictim()
{
    const qint64 pid = victimPid();
    if (pid <= 0) { // its start is not written down yet
        QTimer::singleShot(20, this, &Drill::breakVictim);
        return;
    }
    m_brokenAt = m_clock.now().monotonicMs;
    m_broken = true;
    if (!m_quiet)
        print(u"  0.000 s  fault       kill -9 %1 (%2)"_s.arg(pid).arg(m_kind.command.join(u' ')));
    ::kill(pid_t(pid), SIGKILL);
}

void Drill::endVictim() const
{
    if (const qint64 pid = victimPid(); pid > 0 && QFile::exists(u"/proc/%1"_s.arg(pid)))
        ::kill(-pid_t(pid), SIGKILL);
}

void Drill::phase(const QString &name)
{
    if (m_phases.contains(name))
        return;
    m_phases.insert(name, double(m_clock.now().monotonicMs - m_brokenAt) / 1000.0);
    m_order.append(name);
}

void Drill::onEvent(const EngineEvent &event)
{
    if (event.component != u"drill-victim"_s || event.incident.isEmpty())
        return;
    if (!m_quiet)
        print(u"%1 s  %2 %3"_s.arg(double(m_clock.now().monotonicMs - m_brokenAt) / 1000.0, 7, 'f', 3).arg(event.event.leftJustified(11), event.reason));
    phase(event.event);
    if (event.event == toString(IncidentStatus::Resolved) || event.event == toString(IncidentStatus::Escalated))
        QMetaObject::invokeMethod(this, &Drill::finished, Qt::QueuedConnection);
}

bool Drill::passed() const
{
    return m_failure.isEmpty() && m_incident.status == m_kind.expected;
}

QJsonObject Drill::report() const
{
    QJsonObject phases;
    for (const QString &name : m_order)
        phases.insert(name, m_phases.value(name));
    QJsonObject object{{u"schema"_s, 1}, {u"drill"_s, m_kind.name}, {u"passed"_s, passed()}, {u"phases"_s, phases}, {u"incident"_s, toJson(m_incident)}};
    if (!m_failure.isEmpty())
        object.insert(u"failure"_s, m_failure);
    return object;
}

int drill(const Options &options, const std::string &name, bool list)
{
    const auto &kinds = drillKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const DrillKind &k) { return k.name == (name.empty() ? u"service-crash"_s : qs(name)); });
    if (list || kind == kinds.end()) {
        QList<QStringList> rows;
        for (const auto &known : kinds)
            rows.append({known.name, known.what});
        if (options.json && list) {
            QJsonArray array;
            for (const auto &row : rows)
                array.append(QJsonObject{{u"schema"_s, 1}, {u"name"_s, row[0]}, {u"what"_s, row[1]}});
            printJson(array);
        } else {
            printTable({u"DRILL"_s, u"WHAT IT DOES"_s}, rows);
        }
        return list ? Done : complain({ErrorCode::Invalid, u"no drill is called %1; see the list above"_s.arg(qs(name))});
    }
    Logging::install({{}, true});
    Signals signals({SIGTERM, SIGINT}); // whatever ends the drill, it ends its victim
    Drill run(*kind, options.json);
    if (!options.json)
        print(u"drill %1: %2"_s.arg(kind->name, kind->what));
    QObject::connect(&run, &Drill::finished, &run, [] { QCoreApplication::quit(); });
    QObject::connect(&signals, &Signals::arrived, &run, &Drill::interrupt);
    run.start();
    QCoreApplication::exec();
    const QJsonObject report = run.report();
    if (options.json)
        printJson(report);
    else
        print(run.passed() ? u"passed"_s : u"FAILED: %1"_s.arg(report.value(u"failure"_s).toString(u"the incident ended otherwise than expected"_s)));
    return run.passed() ? Done : AnswerIsNo;
}

} // namespace prunella::ctl
