#pragma once
// What the package manager's log (/var/log/dpkg.log) says of versions that changed.
#include <QByteArray>
#include <QHash>
#include <QString>

#include <optional>

namespace prunella {

struct PackageChange {
    QString verb;          ///< install, upgrade, remove, purge
    QString name;
    QString architecture;
    QString from, to;      ///< empty: none
    qint64 at = 0;         ///< wall ms
    bool operator==(const PackageChange &) const = default;
};

/// One line; nothing when it tells of no version that changed: states, triggers, configuring, installing the same again.
[[nodiscard]] std::optional<PackageChange> parsePackageLine(const QByteArray &line);
/// "package nginx: 1.22.1-9 -> 1.22.1-9+deb12u1"
[[nodiscard]] QString packageSentence(const PackageChange &change);

/// Line by line; of a removal that is told twice (remove, purge) the first counts.
class PackageLog
{
public:
    [[nodiscard]] std::optional<PackageChange> feed(const QByteArray &line);

private:
    QHash<QString, PackageChange> m_last; ///< of each package
};

} // namespace prunella
