// The releases of services with their health records, as the store has them.
#include "app/ctl/Commands.h"
#include "core/base/Clock.h"
#include "core/config/ConfigLoader.h"
#include "core/engine/EngineOptions.h"
#include "core/store/StoreReader.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>

namespace prunella::ctl {
namespace {

/// How long a release must have been healthy, by service; of one that no configuration names the default holds.
QMap<QString, qint64> goodAfter(const Options &options)
{
    QMap<QString, qint64> times;
    const auto loaded = loadConfig(defaultSources(qs(options.config), qs(options.environment)));
    for (const ServiceConfig &service : loaded.config.services) {
        if (service.deployment)
            times.insert(service.name, service.deployment->goodAfterMs);
    }
    return times;
}

/// The one that was seen last is the one in place.
bool isCurrent(const ReleaseRecord &record, const QList<ReleaseRecord> &all)
{
    return std::none_of(all.cbegin(), all.cend(), [&](const ReleaseRecord &other) {
        return other.service == record.service && other.lastSeenAt > record.lastSeenAt;
    });
}

QString timeOrDash(qint64 wallMs)
{
    return wallMs == 0 ? QStringLiteral("-") : QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("MM-dd HH:mm:ss"));
}

QJsonValue timeOrNull(qint64 wallMs)
{
    return wallMs == 0 ? QJsonValue() : QJsonValue(isoTime(wallMs));
}

QString verdict(const ReleaseRecord &record, bool good)
{
    if (record.failedAt > 0)
        return QStringLiteral("failed %1%2").arg(timeOrDash(record.failedAt), record.failedWhy.isEmpty() ? QString() : QStringLiteral(": ") + record.failedWhy);
    return good ? QStringLiteral("good") : QStringLiteral("not healthy for long enough yet");
}

} // namespace

int releases(const Options &options, const std::string &service)
{
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    if (!reader)
        return complain(reader.error());
    const auto list = (*reader)->releases(qs(service));
    if (!list)
        return complain(list.error());
    const QMap<QString, qint64> times = goodAfter(options);
    QJsonArray array;
    QList<QStringList> rows;
    for (const ReleaseRecord &record : *list) {
        const bool good = record.failedAt == 0 && record.healthyMs >= times.value(record.service, DeploymentConfig().goodAfterMs);
        const bool current = isCurrent(record, *list);
        array.append(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("service"), record.service}, {QStringLiteral("release"), record.release},
            {QStringLiteral("current"), current}, {QStringLiteral("first_seen_at"), timeOrNull(record.firstSeenAt)},
            {QStringLiteral("last_seen_at"), timeOrNull(record.lastSeenAt)}, {QStringLiteral("healthy_seconds"), double(record.healthyMs) / 1000},
            {QStringLiteral("good"), good}, {QStringLiteral("failed_at"), timeOrNull(record.failedAt)},
            {QStringLiteral("failed_why"), record.failedWhy.isEmpty() ? QJsonValue() : QJsonValue(record.failedWhy)}});
        rows.append({record.service, (current ? QStringLiteral("* ") : QStringLiteral("  ")) + record.release, timeOrDash(record.firstSeenAt),
                     timeOrDash(record.lastSeenAt), QStringLiteral("%1 s").arg(record.healthyMs / 1000), verdict(record, good)});
    }
    if (options.json)
        printJson(array);
    else if (rows.isEmpty())
        print(service.empty() ? QStringLiteral("no release of any service is known yet")
                              : QStringLiteral("no release of %1 is known yet").arg(qs(service)));
    else
        printTable({QStringLiteral("SERVICE"), QStringLiteral("RELEASE"), QStringLiteral("FIRST SEEN"), QStringLiteral("LAST SEEN"),
                    QStringLiteral("HEALTHY"), QStringLiteral("VERDICT")}, rows);
    return Done;
}

} // namespace prunella::ctl
