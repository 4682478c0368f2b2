#include "core/monitoring/PackageOwners.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longestList = 16 * 1024 * 1024;

/// With merged /usr a list may say /lib/... of what is /usr/lib/..., and the other way round.
std::set<QString> namesOf(const QString &path)
{
    std::set<QString> names;
    for (const QString &name : {path, QFileInfo(path).canonicalFilePath()}) {
        if (name.isEmpty())
            continue;
        names.insert(name);
        names.insert(name.startsWith(u"/usr/"_s) ? name.mid(4) : QString(u"/usr"_s + name));
    }
    return names;
}

} // namespace

void PackageOwners::setPaths(const QMap<QString, QStringList> &pathsByService)
{
    m_paths.clear();
    Paths fresh;
    for (auto it = pathsByService.cbegin(); it != pathsByService.cend(); ++it) {
        for (const QString &path : it.value()) {
            for (const QString &name : namesOf(path)) {
                m_paths[it.key()].insert(name);
                if (m_known.insert(name).second)
                    fresh.insert(name);
            }
        }
    }
    if (fresh.empty())
        return;
    const QStringList lists = QDir(m_infoDir).entryList({u"*.list"_s}, QDir::Files);
    for (const QString &list : lists)
        m_byPackage[list.section(u'.', 0, -2).section(u':', 0, 0)].merge(namedIn(m_infoDir + u'/' + list, fresh));
    m_byPackage.removeIf([](const std::pair<const QString &, Paths &> &entry) { return entry.second.empty(); });
}

QStringList PackageOwners::servicesOf(const QString &package, const QString &architecture)
{
    Paths &owned = m_byPackage[package];
    for (const QString &name : {package, QString(package + u':' + architecture)})
        owned.merge(namedIn(m_infoDir + u'/' + name + u".list"_s, m_known));
    QStringList services;
    for (auto it = m_paths.cbegin(); it != m_paths.cend(); ++it) {
        if (std::any_of(it.value().cbegin(), it.value().cend(), [&owned](const QString &path) { return owned.contains(path); }))
            services.append(it.key());
    }
    if (owned.empty())
        m_byPackage.remove(package);
    return services;
}

PackageOwners::Paths PackageOwners::namedIn(const QString &listFile, const Paths &wanted) const
{
    Paths named;
    QFile file(listFile);
    if (wanted.empty() || file.size() > longestList || !file.open(QIODevice::ReadOnly))
        return named;
    const QByteArray all = '\n' + file.readAll();
    for (const QString &path : wanted) {
        if (all.contains(QByteArray('\n' + QFile::encodeName(path) + '\n')))
            named.insert(path);
    }
    return named;
}

} // namespace prunella
