#include "ui/text/HeaderText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>
#include <algorithm>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Header)
};

int count(const EngineFrame &frame, Health health)
{
    return int(std::count_if(frame.components.begin(), frame.components.end(),
                             [health](const ComponentHealth &component) { return component.health == health; }));
}

} // namespace

QString overallWords(const EngineFrame &frame)
{
    const int critical = count(frame, Health::Critical), warning = count(frame, Health::Warning);
    QStringList parts;
    if (critical > 0)
        parts.append(Text::tr("%n critical", "components", critical));
    if (warning > 0)
        parts.append(Text::tr("%n warning", "components", warning));
    if (!parts.isEmpty())
        return parts.join(QStringLiteral(", "));
    if (frame.overall == Health::Healthy)
        return Text::tr("All healthy");
    return frame.overall == Health::Unknown ? Text::tr("State unknown") : words(frame.overall);
}

QString countWords(const EngineFrame &frame)
{
    int services = 0, healthy = 0;
    for (const ComponentHealth &component : frame.components) {
        if (component.name == u"host")
            continue;
        ++services;
        healthy += component.health == Health::Healthy ? 1 : 0;
    }
    if (services == 0)
        return frame.lastSampleAt == 0 ? Text::tr("waiting for the first sample") : Text::tr("no services watched");
    return Text::tr("services healthy: %1 of %2").arg(healthy).arg(services);
}

QString pauseWords(const PauseInfo &pause, qint64 nowMs)
{
    if (pause.until == 0)
        return Text::tr("stopped until resumed");
    return Text::tr("stopped for another %1").arg(formatDuration(std::max<qint64>(0, pause.until - nowMs) / 1000 * 1000));
}

} // namespace prunella
