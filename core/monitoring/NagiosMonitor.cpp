#include "core/monitoring/NagiosMonitor.h"
#include "core/monitoring/CounterRate.h"

namespace prunella {
using namespace Qt::StringLiterals;

NagiosMonitor::NagiosMonitor(const MonitorConfig &config, qint64 intervalMs) : m_config(config), m_intervalMs(intervalMs) {}

QList<Sample> NagiosMonitor::sample(const Now &now)
{
    m_cancel.reset();
    const PluginResult result = runPlugin(m_config.command, m_config.timeoutMs, m_cancel);
    QList<Sample> samples;
    if (result.cancelled)
        return samples;
    tell(result);
    if (result.state != PluginState::Unknown)
        append(samples, u"state"_s, double(result.state), {}, now);
    for (const PerfValue &value : result.output.values) {
        if (!value.value || value.label == "state"_L1) // that name is the verdict's
            continue;
        if (value.counter)
            appendRate(samples, value, now);
        else
            append(samples, value.label, *value.value, value.unit, now);
    }
    return samples;
}

void NagiosMonitor::tell(const PluginResult &result)
{
    if (result.state == PluginState::Ok) {
        setProblem(result.output.problems.value(0));
    } else if (m_told != result.state) {
        const QString outside = outsideRanges(result.output), word = toString(result.state);
        const QString text = result.text.contains(word) ? result.text : QString(word + u": "_s + result.text); // most say it themselves
        setProblem(text + (outside.isEmpty() ? QString() : QString(u" ("_s + outside + u')')));
    }
    m_told = result.state;
}

void NagiosMonitor::append(QList<Sample> &samples, const QString &label, double value, const QString &unit, const Now &now) const
{
    samples.append({{m_config.name + u'.' + label, {}}, value, unit, u"host"_s, now.wallMs, now.monotonicMs});
}

void NagiosMonitor::appendRate(QList<Sample> &samples, const PerfValue &value, const Now &now)
{
    const auto known = m_counts.constFind(value.label);
    if (known == m_counts.cend()) {
        m_counts.insert(value.label, {*value.value, now.monotonicMs});
        return;
    }
    const auto rate = counterRate(known->value, *value.value, now.monotonicMs - known->monotonicMs);
    if (!rate)
        return; // too soon
    append(samples, value.label, *rate, u"1/s"_s, now);
    m_counts.insert(value.label, {*value.value, now.monotonicMs});
}

} // namespace prunella
