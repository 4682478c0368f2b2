#include "core/monitoring/DatabaseReading.h"

namespace prunella {
namespace {

QString saying(DatabaseFault fault)
{
    switch (fault) {
    case DatabaseFault::None: return QStringLiteral("tells less than it should");
    case DatabaseFault::Unreachable: return QStringLiteral("cannot be reached");
    case DatabaseFault::Timeout: return QStringLiteral("does not answer in time");
    case DatabaseFault::NoPassword: return QStringLiteral("wants a password: set password_file");
    case DatabaseFault::Authentication: return QStringLiteral("refuses our login, check user and password_file");
    case DatabaseFault::TooManyConnections: return QStringLiteral("has no free connection");
    case DatabaseFault::Starting: return QStringLiteral("is starting or stopping and takes nobody");
    case DatabaseFault::UnknownDatabase: return QStringLiteral("does not have the database");
    case DatabaseFault::Other: return QStringLiteral("refuses to work");
    }
    return {};
}

} // namespace

bool isUp(DatabaseFault fault)
{
    return fault == DatabaseFault::None || fault == DatabaseFault::NoPassword || fault == DatabaseFault::Authentication;
}

QString faultText(const MonitorConfig &config, DatabaseFault fault, const QString &detail)
{
    const QString text = QStringLiteral("%1 at %2 %3").arg(config.type, config.address, saying(fault));
    return detail.isEmpty() ? text : QStringLiteral("%1: %2").arg(text, detail);
}

} // namespace prunella
