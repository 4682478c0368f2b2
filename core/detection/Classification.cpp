#include "core/detection/Classification.h"

#include <array>

namespace prunella {
namespace {

struct Rule { QLatin1String prefix; ErrorType type; };

// The first rule whose prefix fits decides.
constexpr std::array rules{
    Rule{QLatin1String("cpu_"), ErrorType::CpuSpike},
    Rule{QLatin1String("load"), ErrorType::CpuSpike},
    Rule{QLatin1String("unit_cpu"), ErrorType::CpuSpike},
    Rule{QLatin1String("process_cpu"), ErrorType::CpuSpike},
    Rule{QLatin1String("pressure_cpu"), ErrorType::CpuSpike},
    Rule{QLatin1String("memory_"), ErrorType::MemoryLeak},
    Rule{QLatin1String("swap_"), ErrorType::MemoryLeak},
    Rule{QLatin1String("unit_memory"), ErrorType::MemoryLeak},
    Rule{QLatin1String("process_rss"), ErrorType::MemoryLeak},
    Rule{QLatin1String("process_memory"), ErrorType::MemoryLeak},
    Rule{QLatin1String("pressure_memory"), ErrorType::MemoryLeak},
    Rule{QLatin1String("disk_usage"), ErrorType::DiskFull},
    Rule{QLatin1String("disk_inodes"), ErrorType::DiskFull},
    Rule{QLatin1String("inode"), ErrorType::DiskFull},
    Rule{QLatin1String("response_time"), ErrorType::NetworkTimeout},
    Rule{QLatin1String("network_"), ErrorType::NetworkTimeout},
    Rule{QLatin1String("error_percent"), ErrorType::ApiFailure},
    Rule{QLatin1String("tls_days_left"), ErrorType::ConfigurationError},
    Rule{QLatin1String("database_"), ErrorType::DatabaseConnection},
};

// PostgreSQL, MySQL, Redis, MongoDB, SQL Server, Oracle, Cassandra
constexpr std::array databasePorts{5432, 3306, 6379, 27017, 1433, 1521, 9042};

bool namedLikeDatabase(const QString &name)
{
    static const QStringList words{QStringLiteral("postgres"), QStringLiteral("mysql"), QStringLiteral("mariadb"),
                                   QStringLiteral("redis"), QStringLiteral("mongo"), QStringLiteral("database")};
    const QString lower = name.toLower();
    return lower == QLatin1String("db") || lower.endsWith(QLatin1String("-db")) || lower.startsWith(QLatin1String("db-"))
        || std::any_of(words.begin(), words.end(), [&](const QString &word) { return lower.contains(word); });
}

/// check_pgsql, check_mysql, check_redis and their like
bool isDatabasePlugin(const QStringList &command)
{
    static const QStringList words{QStringLiteral("pgsql"), QStringLiteral("postgres"), QStringLiteral("mysql"), QStringLiteral("mariadb"),
                                   QStringLiteral("redis"), QStringLiteral("mongo"), QStringLiteral("oracle"), QStringLiteral("mssql")};
    const QString program = command.value(0).section(QLatin1Char('/'), -1).toLower();
    return std::any_of(words.begin(), words.end(), [&](const QString &word) { return program.contains(word); });
}

bool isDatabaseCheck(const CheckResult &result, const ServiceConfig &service, bool hasMonitor)
{
    const bool known = result.index >= 0 && result.index < service.health.size();
    if (result.type == CheckType::Nagios)
        return known && isDatabasePlugin(service.health[result.index].command);
    if (result.type != CheckType::Tcp)
        return false; // what speaks HTTP is its console, or a service named after it
    const QString address = known ? service.health[result.index].address : QString();
    const int port = address.mid(address.lastIndexOf(QLatin1Char(':')) + 1).toInt();
    return hasMonitor || std::find(databasePorts.begin(), databasePorts.end(), port) != databasePorts.end() || namedLikeDatabase(service.name);
}

} // namespace

ErrorType classifyMetric(const QString &metric)
{
    const auto it = std::find_if(rules.begin(), rules.end(), [&](const Rule &rule) { return metric.startsWith(rule.prefix); });
    return it == rules.end() ? ErrorType::Unknown : it->type;
}

Severity severityOfMetric(const QString &metric, const QString &component, bool critical)
{
    if (!critical)
        return Severity::Medium;
    const ErrorType type = classifyMetric(metric);
    const bool takesHostDown = type == ErrorType::MemoryLeak || type == ErrorType::DiskFull;
    return takesHostDown && component == QLatin1String("host") ? Severity::Critical : Severity::High;
}

bool answered(const CheckResult &result)
{
    if (result.ok)
        return true;
    if (result.refused || result.timedOut)
        return false;
    return result.text.startsWith(QLatin1String("HTTP ")) || result.text.startsWith(QLatin1String("body"));
}

ErrorType classifyCheck(const CheckResult &result, const ServiceConfig &service, bool hasDatabaseMonitor)
{
    if (isDatabaseCheck(result, service, hasDatabaseMonitor))
        return ErrorType::DatabaseConnection;
    if (answered(result))
        return ErrorType::ApiFailure;
    // What a plugin means by its exit code only the plugin knows.
    return result.type == CheckType::Nagios && !result.timedOut ? ErrorType::Unknown : ErrorType::NetworkTimeout;
}

} // namespace prunella
