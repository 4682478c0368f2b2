#include "core/monitoring/PluginMonitors.h"
#include "core/monitoring/MonitorPlugin.h"
#include "core/monitoring/TrustedFile.h"

#include <QJsonObject>
#include <QPluginLoader>

#include <cmath>
#include <exception>

namespace prunella {
namespace {

constexpr qsizetype kMostSamples = 10'000;

/// Runs the plugin's code; what it throws becomes a problem.
template<typename Call>
QString guarded(const QString &what, Call call)
{
    try {
        call();
    } catch (const std::exception &error) {
        return QStringLiteral("%1 has thrown: %2").arg(what, QString::fromLocal8Bit(error.what()).simplified().left(200));
    } catch (...) {
        return QStringLiteral("%1 has thrown something that is no std::exception").arg(what);
    }
    return {};
}

/// In place of monitors that could not be had.
class FailedMonitor final : public Monitor
{
public:
    FailedMonitor(QString name, qint64 intervalMs, const QString &problem) : m_name(std::move(name)), m_intervalMs(intervalMs)
    {
        setProblem(problem);
    }
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &) override { return {}; }

private:
    QString m_name;
    qint64 m_intervalMs;
};

class GuardedMonitor final : public Monitor
{
public:
    GuardedMonitor(std::unique_ptr<Monitor> inner, QString name, qint64 intervalMs)
        : m_inner(std::move(inner)), m_name(std::move(name)), m_intervalMs(intervalMs)
    {
    }
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; } // a stranger's code does not hold up the host's charts
    [[nodiscard]] QList<Sample> sample(const Now &now) override
    {
        QList<Sample> samples;
        QString problem;
        const QString thrown = guarded(QStringLiteral("the plugin's monitor %1").arg(m_name), [&] {
            samples = m_inner->sample(now);
            problem = m_inner->problem();
        });
        if (!thrown.isEmpty()) {
            setProblem(thrown);
            return {};
        }
        const qsizetype before = samples.size();
        samples.removeIf([](const Sample &one) { return !std::isfinite(one.value) || one.key.metric.isEmpty(); });
        if (samples.size() < before && problem.isEmpty())
            problem = QStringLiteral("the plugin's monitor %1 measured values that are no numbers or have no metric").arg(m_name);
        if (samples.size() > kMostSamples) {
            samples.resize(kMostSamples);
            problem = QStringLiteral("the plugin's monitor %1 brings too many samples, the rest is left out").arg(m_name);
        }
        for (Sample &one : samples)
            complete(one, now);
        setProblem(problem);
        return samples;
    }
    void cancel() override
    {
        static_cast<void>(guarded(m_name, [&] { m_inner->cancel(); }));
    }

private:
    static void complete(Sample &sample, const Now &now)
    {
        if (sample.component.isEmpty())
            sample.component = QStringLiteral("host");
        if (sample.wallMs == 0)
            sample.wallMs = now.wallMs;
        if (sample.monotonicMs == 0)
            sample.monotonicMs = now.monotonicMs;
    }

    std::unique_ptr<Monitor> m_inner;
    QString m_name;
    qint64 m_intervalMs;
};

tl::unexpected<Error> unfit(const QString &path, const QString &why)
{
    return failure(ErrorCode::Invalid, QStringLiteral("%1 %2").arg(path, why));
}

/// What is written in the file is looked at before any of its code runs.
Result<MonitorPlugin *> loadPlugin(const QString &path)
{
    if (const auto trusted = onlyOwnerWrites(path); !trusted)
        return tl::unexpected(trusted.error());
    QPluginLoader loader(path);
    loader.setLoadHints(QLibrary::PreventUnloadHint);
    const QString iid = loader.metaData().value(QLatin1String("IID")).toString();
    if (iid.isEmpty())
        return unfit(path, QStringLiteral("is no Qt plugin for this Qt: %1").arg(loader.errorString().simplified()));
    if (iid != QLatin1String(PRUNELLA_MONITOR_PLUGIN))
        return unfit(path, QStringLiteral("is a plugin of \"%1\", expected \"%2\": build it against this version's headers")
                               .arg(iid, QStringLiteral(PRUNELLA_MONITOR_PLUGIN)));
    QObject *root = nullptr;
    const QString thrown = guarded(path, [&] { root = loader.instance(); });
    if (!thrown.isEmpty())
        return failure(ErrorCode::Internal, thrown);
    if (!root)
        return unfit(path, QStringLiteral("cannot be loaded: %1").arg(loader.errorString().simplified()));
    auto *plugin = qobject_cast<MonitorPlugin *>(root);
    if (!plugin)
        return unfit(path, QStringLiteral("does not implement MonitorPlugin: Q_INTERFACES is missing"));
    return plugin;
}

Result<MonitorPluginResult> createMonitors(const MonitorConfig &config, qint64 intervalMs)
{
    const auto plugin = loadPlugin(config.plugin);
    if (!plugin)
        return tl::unexpected(plugin.error());
    MonitorPluginResult made;
    bool fits = false;
    const QString thrown = guarded(config.plugin, [&] {
        fits = (*plugin)->abi() == monitorPluginAbi();
        if (fits)
            made = (*plugin)->create({config.name, intervalMs, config.timeoutMs, config.settings});
    });
    if (!thrown.isEmpty())
        return failure(ErrorCode::Internal, thrown);
    if (!fits)
        return unfit(config.plugin, QStringLiteral("was built against other headers: build it against this version's"));
    std::erase(made.monitors, nullptr);
    if (made.monitors.empty())
        return unfit(config.plugin, made.problem.isEmpty() ? QStringLiteral("made no monitors and does not say why")
                                                           : QStringLiteral("made no monitors: %1").arg(made.problem));
    return made;
}

} // namespace

std::vector<std::shared_ptr<Monitor>> pluginMonitors(const MonitorConfig &config, qint64 intervalMs)
{
    auto made = createMonitors(config, intervalMs);
    if (!made)
        return {std::make_shared<FailedMonitor>(config.name, intervalMs, made.error().message)};
    std::vector<std::shared_ptr<Monitor>> monitors;
    for (auto &inner : made->monitors) {
        QString name;
        qint64 interval = 0;
        const QString thrown = guarded(config.plugin, [&] { name = inner->name(); interval = inner->intervalMs(); });
        if (!thrown.isEmpty()) {
            monitors.push_back(std::make_shared<FailedMonitor>(config.name, intervalMs, thrown));
            continue;
        }
        // One monitor is the entry itself; several are told apart.
        const QString full = made->monitors.size() == 1 || name.isEmpty() ? config.name : QStringLiteral("%1/%2").arg(config.name, name);
        monitors.push_back(std::make_shared<GuardedMonitor>(std::move(inner), full, interval > 0 ? interval : intervalMs));
    }
    return monitors;
}

} // namespace prunella
