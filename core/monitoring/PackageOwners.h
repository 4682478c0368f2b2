#pragma once
// To which package a file belongs, out of the package manager's own lists (/var/lib/dpkg/info/*.list).
#include <QMap>
#include <QStringList>

#include <set>

namespace prunella {

class PackageOwners
{
public:
    explicit PackageOwners(QString infoDir = QStringLiteral("/var/lib/dpkg/info")) : m_infoDir(std::move(infoDir)) {}

    /// Programs and unit files of each service. Reads all lists once for paths that are new: blocks, 0.03 s with nine
    /// hundred packages.
    void setPaths(const QMap<QString, QStringList> &pathsByService);
    /// Services with a file of this package, in order. Looks into its list anew: an installation may just have brought it.
    [[nodiscard]] QStringList servicesOf(const QString &package, const QString &architecture);

private:
    using Paths = std::set<QString>;
    [[nodiscard]] Paths namedIn(const QString &listFile, const Paths &wanted) const;

    QString m_infoDir;
    QMap<QString, Paths> m_paths;      ///< service -> paths, under all names that a list may have them
    QMap<QString, Paths> m_byPackage; ///< package (without architecture) -> paths
    Paths m_known;                     ///< paths that were looked for
};

} // namespace prunella
