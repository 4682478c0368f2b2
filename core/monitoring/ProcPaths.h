#pragma once
#include <QString>

namespace prunella {

/// Where the kernel's files are looked for; tests give folders of captured ones.
struct ProcPaths {
    QString proc = QStringLiteral("/proc");
    QString sys = QStringLiteral("/sys");
};

} // namespace prunella
