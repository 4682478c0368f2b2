#pragma once
// A checkout replaces thousands of files and an upgrade of the system thousands of packages: the first are told one by one,
// the rest as one record that is renewed.
#include "core/base/Clock.h"
#include "core/model/Change.h"

#include <QList>
#include <QMap>

namespace prunella {

class ChangeBurst
{
public:
    /// `most` of one component in a minute; `what`: "files", "packages".
    ChangeBurst(int most, QString what) : m_most(most), m_what(std::move(what)) {}

    /// Appends the record, or what stands for it; true: it is told by itself.
    bool give(const ChangeRecord &record, const Now &now, QList<ChangeRecord> &out);

private:
    struct Minute { qint64 sinceMs = 0; int count = 0; QString restId; };
    int m_most;
    QString m_what;
    QMap<QString, Minute> m_minutes; ///< of each component
};

} // namespace prunella
