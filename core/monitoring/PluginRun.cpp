#include "core/monitoring/PluginRun.h"
#include "core/monitoring/CommandRun.h"

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMostText = 500;

/// What a plugin complains about on its standard error, where it wrote nothing on its output.
QString lastErrorLine(const QByteArray &errors)
{
    return QString::fromUtf8(errors.trimmed().split('\n').last().trimmed());
}

QString textOf(const CommandRun &run, const NagiosOutput &output)
{
    QString text = output.text.isEmpty() ? lastErrorLine(run.errors) : output.text;
    if (text.isEmpty())
        text = u"(the plugin printed nothing)"_s;
    if (run.signalled)
        text = u"ended by signal %1: %2"_s.arg(run.status).arg(text);
    else if (run.status > 3)
        text = u"exit status %1: %2"_s.arg(run.status).arg(text);
    return text.left(kMostText);
}

QString outside(const PerfValue &value, const NagiosRange &range)
{
    const QString unit = value.unit.isEmpty() ? QString() : QString(u' ' + value.unit);
    return value.label + u' ' + QString::number(*value.value, 'g', 6) + unit + (range.inside ? u" is inside "_s : u" is outside "_s)
        + toString(range);
}

} // namespace

PluginResult runPlugin(const QStringList &command, qint64 timeoutMs, const MonitorCancel &cancel)
{
    PluginResult result;
    const auto run = runCommand(command, int(std::clamp<qint64>(timeoutMs, 1, 86'400'000)), cancel);
    if (!run) {
        result.timedOut = run.error().code == ErrorCode::Timeout;
        result.cancelled = run.error().code == ErrorCode::Unavailable;
        result.text = run.error().message;
        return result;
    }
    result.output = parseNagiosOutput(run->output);
    result.state = run->signalled ? PluginState::Unknown : pluginState(run->status);
    result.text = textOf(*run, result.output);
    return result;
}

QString outsideRanges(const NagiosOutput &output)
{
    QStringList critical, warning;
    for (const PerfValue &value : output.values) {
        if (!value.value || value.counter) // a counter's ranges are about its rate or its total, who knows
            continue;
        if (value.critical && value.critical->alerts(*value.value))
            critical.append(outside(value, *value.critical));
        else if (value.warning && value.warning->alerts(*value.value))
            warning.append(outside(value, *value.warning));
    }
    return (critical + warning).mid(0, 5).join(u", "_s);
}

} // namespace prunella
