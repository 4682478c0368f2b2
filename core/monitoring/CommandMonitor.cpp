#include "core/monitoring/CommandMonitor.h"
#include "core/monitoring/CommandRun.h"

#include <cmath>

namespace prunella {
namespace {

/// What a command says last is usually what is wrong.
QString lastLine(const QByteArray &text)
{
    const auto line = text.trimmed().split('\n').last().trimmed().left(200);
    return line.isEmpty() ? QString() : QStringLiteral(": %1").arg(QString::fromUtf8(line));
}

} // namespace

Result<double> parseCommandNumber(const QByteArray &output)
{
    const auto text = output.trimmed();
    bool ok = false;
    const double value = text.toDouble(&ok); // always with a decimal point, whatever the locale
    if (ok && std::isfinite(value))
        return value;
    if (text.isEmpty())
        return failure(ErrorCode::Invalid, QStringLiteral("printed nothing, expected one number"));
    return failure(ErrorCode::Invalid,
                   QStringLiteral("printed \"%1\", expected one number").arg(QString::fromUtf8(text.left(60)).simplified()));
}

CommandMonitor::CommandMonitor(const MonitorConfig &config, qint64 intervalMs)
    : m_config(config), m_intervalMs(intervalMs), m_series(config.name, config.unit)
{
}

QList<Sample> CommandMonitor::sample(const Now &now)
{
    m_cancel.reset();
    const auto value = measure();
    setProblem(value ? QString() : value.error().message);
    QList<Sample> samples;
    if (value)
        m_series.append(samples, *value, now);
    return samples;
}

Result<double> CommandMonitor::measure()
{
    const auto run = runCommand(m_config.command, int(qBound(qint64(1), m_config.timeoutMs, qint64(86'400'000))), m_cancel);
    if (!run)
        return tl::unexpected(run.error());
    const QString &program = m_config.command.first();
    if (run->signalled)
        return failure(ErrorCode::Io, QStringLiteral("%1 was ended by signal %2").arg(program).arg(run->status));
    if (run->status != 0)
        return failure(ErrorCode::Io, QStringLiteral("%1 ended with status %2%3").arg(program).arg(run->status).arg(lastLine(run->errors)));
    auto value = parseCommandNumber(run->output);
    if (!value)
        return failure(ErrorCode::Invalid, QStringLiteral("%1 %2").arg(program, value.error().message));
    return value;
}

} // namespace prunella
