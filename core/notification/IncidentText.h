#pragma once
// The words about an incident that go out to people, from the public JSON of an outbox item. Pure.
#include "core/model/Store.h"

namespace prunella {

struct IncidentText {
    QString id, component, host, type, severity, status, summary;
    QString startedAt, resolvedAt;  ///< ISO 8601 UTC, empty when there is none
    QString reason;                 ///< of the newest entry of the timeline
    QString cause;                  ///< the diagnosis in one line, empty when there is none
    QString question;               ///< the action that waits for an approval, empty when there is none
    QString title;                  ///< "web: service_crash (critical)", "web: resolved", "web: still not answered: …"
    bool over = false;              ///< see isOver()
};

/// resolved, or merged into the incident of its cause, which goes on under its own id.
[[nodiscard]] bool isOver(const QString &event);
[[nodiscard]] IncidentText incidentText(const OutboxItem &item);
/// The same as lines of plain text, without the title.
[[nodiscard]] QStringList plainLines(const IncidentText &text);
/// At most `most` UTF-16 units, never half of a character; what was cut is shown by "…".
[[nodiscard]] QString clipped(const QString &text, qsizetype most);

} // namespace prunella
