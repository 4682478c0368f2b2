#pragma once
#include "core/base/Result.h"
#include "core/monitoring/MonitorCancel.h"

#include <QByteArray>
#include <QUrl>

namespace prunella {

struct FetchRequest {
    QUrl url;                       ///< http or https
    QByteArray accept;
    qint64 timeoutMs = 10'000;      ///< for everything together
    qsizetype mostBytes = 16 * 1024 * 1024;
};

struct FetchedPage { QByteArray body, contentType; };

/// One GET in the calling thread, which waits; cancel() of another thread ends it (Unavailable). At most 3 redirects, never
/// from https to http. Anything but status 200, a body over the limit and an answer that breaks off are failures, whose
/// message names the endpoint without user and password: "connection refused by 127.0.0.1:9100".
[[nodiscard]] Result<FetchedPage> fetchPage(const FetchRequest &request, const MonitorCancel &cancel);

} // namespace prunella
