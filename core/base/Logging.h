#pragma once
#include "core/base/Result.h"

#include <QLoggingCategory>

namespace prunella {

Q_DECLARE_LOGGING_CATEGORY(lcEngine)

/// Log lines go to stderr and to a file that is rotated at 5 MiB, three old ones kept.
class Logging
{
public:
    struct Options {
        QString directory;      ///< empty: no file
        bool quiet = false;     ///< nothing on stderr below a warning
    };
    /// Installs the handler for the whole process; called once, by an executable.
    static void install(const Options &options);
    /// DEBUG, INFO, WARNING or ERROR; anything less is dropped.
    static void setLevel(const QString &level);
};

} // namespace prunella
