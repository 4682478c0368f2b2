// The probe of decision trees that reads a configuration file as its program would.
#include "core/config/YamlNode.h"
#include "core/monitoring/TreeProbeParts.h"

#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

namespace prunella::treeprobe {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 mostBytes = 4 * 1024 * 1024;

/// What is wrong and where; empty when nothing is.
QString yamlProblem(const QString &path, const QByteArray &bytes)
{
    for (const ConfigProblem &problem : parseYaml(path, bytes).problems) {
        if (problem.level == ProblemLevel::Error)
            return u"%1:%2:%3: %4"_s.arg(path).arg(problem.line).arg(problem.column).arg(problem.text);
    }
    return {};
}

QString jsonProblem(const QString &path, const QByteArray &bytes)
{
    QJsonParseError error;
    static_cast<void>(QJsonDocument::fromJson(bytes, &error));
    if (error.error == QJsonParseError::NoError)
        return {};
    const QByteArray before = bytes.left(error.offset);
    return u"%1:%2:%3: %4"_s.arg(path).arg(before.count('\n') + 1).arg(before.size() - before.lastIndexOf('\n')).arg(error.errorString());
}

/// Sections, assignments, comments, and lines that continue the one before.
QString iniProblem(const QString &path, const QByteArray &bytes)
{
    bool continued = false;
    const QList<QByteArray> lines = bytes.split('\n');
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QByteArray line = lines[i].trimmed();
        const bool indented = !lines[i].isEmpty() && (lines[i][0] == ' ' || lines[i][0] == '\t');
        const bool comment = line.isEmpty() || line.startsWith('#') || line.startsWith(';');
        const bool section = line.startsWith('[') && line.endsWith(']') && line.size() > 2;
        const qsizetype equals = line.indexOf('='), colon = line.indexOf(':');
        const bool assigned = !line.startsWith('[') && (equals > 0 || colon > 0);
        if (!continued && !comment && !section && !assigned && !indented) {
            const QString what = line.startsWith('[') ? u"a section without its end"_s : u"neither section nor assignment"_s;
            return u"%1:%2:1: %3"_s.arg(path).arg(i + 1).arg(what);
        }
        continued = line.endsWith('\\') && !comment;
    }
    return {};
}

} // namespace

Fact configSyntax(const Probe &probe)
{
    using Check = QString (*)(const QString &, const QByteArray &);
    static const QHash<QString, Check> formats{{u"yaml"_s, yamlProblem}, {u"yml"_s, yamlProblem}, {u"json"_s, jsonProblem}, {u"ini"_s, iniProblem},
                                               {u"service"_s, iniProblem}, {u"socket"_s, iniProblem}, {u"timer"_s, iniProblem}};
    const QString &path = probe.order.text;
    QFile file(path);
    if (!file.exists())
        return said("missing", u"there is no "_s + path);
    const Check check = formats.value(QFileInfo(path).suffix().toLower());
    if (!QFileInfo(path).isFile()) // a pipe would never end
        return unknownFact(path + u" is no file"_s);
    if (!check)
        return unknownFact(u"the format of %1 is not known"_s.arg(path));
    if (!file.open(QIODevice::ReadOnly))
        return unknownFact(path + u": "_s + file.errorString());
    const QByteArray bytes = file.read(mostBytes + 1);
    if (bytes.size() > mostBytes)
        return unknownFact(path + u" is larger than 4 MiB"_s);
    const QString problem = check(path, bytes);
    return problem.isEmpty() ? said("ok", path + u" is well formed"_s) : said("error", problem);
}

} // namespace prunella::treeprobe
