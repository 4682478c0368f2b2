#include "core/monitoring/ChangeBurst.h"

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 minuteMs = 60'000;

} // namespace

bool ChangeBurst::give(const ChangeRecord &record, const Now &now, QList<ChangeRecord> &out)
{
    Minute &minute = m_minutes[record.component];
    if (minute.count == 0 || now.monotonicMs - minute.sinceMs > minuteMs)
        minute = {now.monotonicMs, 0, {}};
    const int more = ++minute.count - m_most;
    if (more <= 0) {
        out.append(record);
        return true;
    }
    if (more == 1)
        minute.restId = record.id;
    ChangeRecord rest = record;
    rest.id = minute.restId;
    const QString whose = record.component.isEmpty() ? QString() : u" of "_s + record.component;
    rest.detail = u"%1 more %2%3 changed; the last of them: %4"_s.arg(QString::number(more), m_what, whose, record.detail);
    out.removeIf([&rest](const ChangeRecord &earlier) { return earlier.id == rest.id; });
    out.append(rest);
    return false;
}

} // namespace prunella
