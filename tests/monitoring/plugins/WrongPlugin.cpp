// A plugin that is wrong in one way, chosen by MISTAKE.
#include "core/monitoring/MonitorPlugin.h"

#include <QObject>

#include <limits>
#include <stdexcept>

using namespace prunella;

#define VERSION 1
#define ABI 2
#define INTERFACE 3
#define CREATE 4
#define NOTHING 5
#define SAMPLE 6
#define VALUES 7

#if MISTAKE == VERSION
#define WRONG_IID "org.prunella.MonitorPlugin/0"
#else
#define WRONG_IID PRUNELLA_MONITOR_PLUGIN
#endif

namespace {

class WrongMonitor final : public Monitor
{
public:
    explicit WrongMonitor(QString name) : m_name(std::move(name)) {}
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return 50; }
    [[nodiscard]] QList<Sample> sample(const Now &) override
    {
        if (MISTAKE == SAMPLE && m_name == QLatin1String("one"))
            throw std::runtime_error("no licence");
        if (MISTAKE == SAMPLE)
            throw 42;
        return {Sample{{m_name, {}}, 1, {}, {}, 0, 0}, Sample{{m_name, {}}, std::numeric_limits<double>::quiet_NaN(), {}, {}, 0, 0}};
    }

private:
    QString m_name;
};

} // namespace

class WrongPlugin final : public QObject, public MonitorPlugin
{
    Q_OBJECT
    Q_PLUGIN_METADATA(IID WRONG_IID)
#if MISTAKE != INTERFACE
    Q_INTERFACES(prunella::MonitorPlugin)
#endif
public:
#if MISTAKE == ABI
    [[nodiscard]] quint32 abi() const override { return monitorPluginAbi() + 1; }
#endif
    [[nodiscard]] MonitorPluginResult create(const MonitorPluginSettings &) override
    {
        if (MISTAKE == CREATE)
            throw std::runtime_error("bad start");
        MonitorPluginResult result;
        if (MISTAKE == NOTHING)
            return result;
        result.monitors.push_back(std::make_unique<WrongMonitor>(QStringLiteral("one")));
        result.monitors.push_back(std::make_unique<WrongMonitor>(QStringLiteral("two")));
        return result;
    }
};

#include "WrongPlugin.moc"
