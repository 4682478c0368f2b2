// A monitor of your own: how many people are logged in, from the system's list of sessions (utmp).
#include "core/monitoring/MonitorPlugin.h"

#include <QFile>
#include <QObject>

#include <utmpx.h>

using namespace prunella;

namespace {

class LoggedInUsers final : public Monitor
{
public:
    LoggedInUsers(const MonitorPluginSettings &settings, QString file)
        : m_metric(settings.name), m_intervalMs(settings.intervalMs), m_file(std::move(file))
    {
    }
    [[nodiscard]] QString name() const override { return m_metric; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override
    {
        QFile file(m_file);
        if (!file.open(QIODevice::ReadOnly)) {
            setProblem(QStringLiteral("cannot read %1: %2").arg(m_file, file.errorString()));
            return {};
        }
        setProblem({});
        int users = 0;
        utmpx entry{};
        while (file.read(reinterpret_cast<char *>(&entry), sizeof entry) == qint64(sizeof entry))
            users += entry.ut_type == USER_PROCESS;
        // metric and labels, value, unit, component ("host" or a service's name), times
        return {Sample{{m_metric, {}}, double(users), QStringLiteral("users"), QStringLiteral("host"), now.wallMs, now.monotonicMs}};
    }

private:
    QString m_metric;
    qint64 m_intervalMs;
    QString m_file;
};

} // namespace

class LoggedInUsersPlugin final : public QObject, public MonitorPlugin
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID PRUNELLA_MONITOR_PLUGIN)
    Q_INTERFACES(prunella::MonitorPlugin)
public:
    [[nodiscard]] MonitorPluginResult create(const MonitorPluginSettings &settings) override
    {
        MonitorPluginResult result;
        const QString file = settings.settings.value(QStringLiteral("file"), QStringLiteral("/run/utmp"));
        if (file.startsWith(QLatin1Char('/')))
            result.monitors.push_back(std::make_unique<LoggedInUsers>(settings, file));
        else
            result.problem = QStringLiteral("the setting file is \"%1\", expected an absolute path").arg(file);
        return result;
    }
};

#include "LoggedInUsers.moc"
