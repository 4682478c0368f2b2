#pragma once
#include "core/model/ServiceConfig.h"
#include "core/monitoring/PrometheusText.h"

#include <QRegularExpression>

namespace prunella {

/// Which series of an endpoint are wanted. All patterns match whole texts. A name is that of the series or of its family,
/// so that `http_request_seconds` takes the whole histogram. `labels` concern the series that carry the label.
class PrometheusFilter
{
public:
    explicit PrometheusFilter(const MonitorConfig &config);

    /// Removes what is not wanted, then what is beyond `most`; returns how many series those were.
    qsizetype apply(PromScrape &scrape, qsizetype most) const;

private:
    [[nodiscard]] bool wantsName(const PromSample &sample) const;
    [[nodiscard]] bool wantsLabels(const Labels &labels) const;

    QList<QRegularExpression> m_include, m_exclude;
    QList<std::pair<QString, QRegularExpression>> m_labels;
};

} // namespace prunella
