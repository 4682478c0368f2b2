#include "core/config/TextDiff.h"

#include <QList>
#include <QStringList>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qsizetype kContext = 3;
constexpr qsizetype kMostLines = 2000; // the table is quadratic; a larger change is shown as one block

QStringList linesOf(const QByteArray &bytes)
{
    QString text = QString::fromUtf8(bytes);
    text.replace(u"\r\n"_s, u"\n"_s).replace(u'\r', u'\n');
    QStringList lines = text.split(u'\n');
    if (lines.constLast().isEmpty())
        lines.removeLast();
    return lines;
}

/// One line: ' ' in both, '-' only before, '+' only after.
struct Line {
    char16_t mark;
    QString text;
};

/// The changed middle by the longest common subsequence.
QList<Line> middle(const QStringList &before, const QStringList &after)
{
    const qsizetype n = before.size(), m = after.size();
    QList<Line> lines;
    const bool huge = n > kMostLines || m > kMostLines;
    QList<QList<int>> common(huge ? 0 : n + 1, QList<int>(m + 1, 0));
    for (qsizetype i = n - 1; !huge && i >= 0; --i) {
        for (qsizetype j = m - 1; j >= 0; --j)
            common[i][j] = before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
    qsizetype i = 0, j = 0;
    while (i < n || j < m) {
        if (!huge && i < n && j < m && before[i] == after[j]) {
            lines.append({u' ', before[i]});
            ++i;
            ++j;
        } else if (i < n && (j == m || huge || common[i + 1][j] >= common[i][j + 1])) {
            lines.append({u'-', before[i++]});
        } else {
            lines.append({u'+', after[j++]});
        }
    }
    return lines;
}

QList<Line> compare(const QStringList &before, const QStringList &after)
{
    const qsizetype shorter = std::min(before.size(), after.size());
    qsizetype head = 0, tail = 0;
    while (head < shorter && before[head] == after[head])
        ++head;
    while (tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    QList<Line> lines;
    for (const QString &text : before.first(head))
        lines.append({u' ', text});
    lines += middle(before.sliced(head, before.size() - head - tail), after.sliced(head, after.size() - head - tail));
    for (const QString &text : before.last(tail))
        lines.append({u' ', text});
    return lines;
}

/// Lines [begin, end) with their header; `oldLine` and `newLine` count from 0.
QString hunk(const QList<Line> &lines, qsizetype begin, qsizetype end, qsizetype oldLine, qsizetype newLine)
{
    qsizetype oldCount = 0, newCount = 0;
    QString body;
    for (qsizetype i = begin; i < end; ++i) {
        oldCount += lines[i].mark != u'+';
        newCount += lines[i].mark != u'-';
        body += QChar(lines[i].mark) + lines[i].text + u'\n';
    }
    return u"@@ -%1,%2 +%3,%4 @@\n"_s.arg(oldLine + (oldCount > 0)).arg(oldCount).arg(newLine + (newCount > 0)).arg(newCount) + body;
}

} // namespace

QString unifiedDiff(const QString &name, const QByteArray &before, const QByteArray &after)
{
    if (before == after)
        return {};
    const QList<Line> lines = compare(linesOf(before), linesOf(after));
    QString text = u"--- %1\n+++ %1\n"_s.arg(name);
    qsizetype oldLine = 0, newLine = 0;
    for (qsizetype at = 0; at < lines.size();) {
        qsizetype change = at;
        while (change < lines.size() && lines[change].mark == u' ')
            ++change;
        if (change == lines.size())
            break;
        const qsizetype begin = std::max(at, change - kContext);
        oldLine += begin - at;
        newLine += begin - at;
        qsizetype last = change;
        for (qsizetype i = change; i < lines.size() && i <= last + 2 * kContext + 1; ++i)
            last = lines[i].mark == u' ' ? last : i;
        const qsizetype end = std::min(lines.size(), last + 1 + kContext);
        text += hunk(lines, begin, end, oldLine, newLine);
        for (qsizetype i = begin; i < end; ++i) {
            oldLine += lines[i].mark != u'+';
            newLine += lines[i].mark != u'-';
        }
        at = end;
    }
    return text;
}

} // namespace prunella
