#pragma once
// Requests and errors of services, counted from the lines of their logs. Pure.
#include <QByteArrayView>
#include <QMap>
#include <QString>
#include <utility>

namespace prunella {

struct RequestCount {
    qint64 requests = 0;
    qint64 errors = 0;        ///< of them answered with 500 and above
    qint64 clientErrors = 0;  ///< with 400 to 499, without 429
    qint64 throttled = 0;     ///< with 429
    qint64 lines = 0;         ///< lines that are no requests, without those that go on from the line before
    qint64 errorLines = 0;    ///< of them those of level error and above
    bool operator==(const RequestCount &) const = default;
    RequestCount &operator+=(const RequestCount &other);
};

/// Takes lines as they come, a batch at a time: feed each of take()'s counts into CheckTracker::count.
class RequestCounter
{
public:
    /// `priority` is syslog's, 0 to 7; -1: none
    void add(const QString &service, QByteArrayView line, int priority = -1);
    /// What was counted since the last call, by service.
    [[nodiscard]] QMap<QString, RequestCount> take() { return std::exchange(m_counts, {}); }

private:
    QMap<QString, RequestCount> m_counts;
};

} // namespace prunella
