#include "core/monitoring/PackageLog.h"

#include <QDateTime>
#include <QStringList>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 sameRunMs = 600'000; // a purge follows its removal within one run of the package manager
constexpr int mostRemembered = 5000;

QString version(const QString &word)
{
    return word == u"<none>"_s ? QString() : word;
}

} // namespace

std::optional<PackageChange> parsePackageLine(const QByteArray &line)
{
    // date time verb package:architecture installed-version new-version; the log has local time
    static const QStringList verbs{u"install"_s, u"upgrade"_s, u"remove"_s, u"purge"_s};
    const QStringList words = QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
    if (words.size() != 6 || !verbs.contains(words[2]))
        return std::nullopt;
    const QDateTime time = QDateTime::fromString(words[0] + u'T' + words[1], Qt::ISODate);
    PackageChange change{words[2], words[3].section(u':', 0, 0), words[3].section(u':', 1), version(words[4]), version(words[5]),
                         time.isValid() ? time.toMSecsSinceEpoch() : 0};
    if (change.verb == u"remove"_s || change.verb == u"purge"_s)
        change.to.clear();
    if (change.name.isEmpty() || change.from == change.to || change.at <= 0)
        return std::nullopt;
    return change;
}

QString packageSentence(const PackageChange &change)
{
    if (change.to.isEmpty())
        return u"package %1 was %2 (it was %3)"_s.arg(change.name, change.verb == u"purge"_s ? u"purged"_s : u"removed"_s, change.from);
    if (change.from.isEmpty())
        return u"package %1 was installed: %2"_s.arg(change.name, change.to);
    return u"package %1: %2 -> %3"_s.arg(change.name, change.from, change.to);
}

std::optional<PackageChange> PackageLog::feed(const QByteArray &line)
{
    const auto change = parsePackageLine(line);
    if (!change)
        return std::nullopt;
    if (m_last.size() > mostRemembered)
        m_last.clear();
    const QString key = change->name + u':' + change->architecture;
    const auto last = m_last.constFind(key);
    const bool told = last != m_last.cend() && last->from == change->from && last->to == change->to && change->at - last->at < sameRunMs;
    m_last.insert(key, *change);
    return told ? std::nullopt : change;
}

} // namespace prunella
