#pragma once
#include "core/base/Clock.h"
#include "core/model/Sample.h"

#include <optional>
#include <string_view>

namespace prunella {

/// One series with all its words made once: a sample then only shares them.
class ProcSeries
{
public:
    ProcSeries(const QString &metric, const QString &unit, const Labels &labels = {},
               const QString &component = QStringLiteral("host"))
        : m_pattern{{metric, labels}, 0, unit, component, 0, 0}
    {
    }
    void append(QList<Sample> &samples, double value, const Now &now) const
    {
        Sample &sample = samples.emplace_back(m_pattern);
        sample.value = value;
        sample.wallMs = now.wallMs;
        sample.monotonicMs = now.monotonicMs;
    }
    void append(QList<Sample> &samples, const std::optional<double> &value, const Now &now) const
    {
        if (value)
            append(samples, *value, now);
    }

private:
    Sample m_pattern;
};

[[nodiscard]] inline QString fromKernelText(std::string_view text)
{
    return QString::fromUtf8(text.data(), qsizetype(text.size()));
}

} // namespace prunella
