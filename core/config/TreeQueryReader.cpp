#include "core/config/TreeQueryReader.h"

#include "core/config/TreeChecks.h"
#include "core/model/Facts.h"

#include <QRegularExpression>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

using Kind = TreeQuery::Kind;

constexpr QLatin1StringView forms[]{"log"_L1, "events"_L1, "change"_L1, "probe"_L1};
constexpr Range kept{1, 3'600'000};            // lines and events of the last hour are kept
constexpr Range keptChanges{1, 86'400'000};     // changes of the last day
constexpr Range probeTimeout{1, 30'000};

/// The parameter that a type of probe needs; none for the others.
struct Parameter { QLatin1StringView type, key, what; };
constexpr Parameter parameters[]{
    {"tcp"_L1, "address"_L1, "host:port"_L1}, {"http"_L1, "url"_L1, "an http or https address"_L1},
    {"resolve"_L1, "name"_L1, "the name to resolve"_L1}, {"ping"_L1, "address"_L1, "a host's name or address"_L1},
    {"disk"_L1, "path"_L1, "a path on the disk"_L1}, {"disk_growth"_L1, "path"_L1, "the directory to look below"_L1},
    {"port"_L1, "address"_L1, "host:port"_L1}, {"file"_L1, "path"_L1, "a file's path"_L1},
    {"config_syntax"_L1, "path"_L1, "a file's path"_L1},
};

QString seconds(qint64 ms)
{
    return ms % 1000 == 0 ? QStringLiteral("%1s").arg(ms / 1000) : QStringLiteral("%1ms").arg(ms);
}

/// A text whose {placeholders} must be facts.
void checkPlaceholders(YamlReader &reader, QLatin1StringView key, const QString &text)
{
    if (const QString wrong = templateProblem(QString(text).remove(u'[').remove(u']')); !wrong.isEmpty()) // [::1]:80
        reader.problem(key, wrong);
}

void readLog(YamlReader &reader, TreeQuery &query)
{
    query.kind = Kind::Log;
    if (reader.has("matches"_L1) == reader.has("template"_L1))
        reader.problem(u"expected exactly one of matches, template"_s);
    if (reader.text("template"_L1, query.text))
        query.kind = Kind::LogTemplate;
    if (reader.text("matches"_L1, query.text)) {
        QString pattern = query.text;
        for (const QString &name : placeholdersOf(query.text, true))
            pattern.replace(QString(u'{' + name + u'}'), u"x"_s);
        if (const QRegularExpression compiled(pattern); !compiled.isValid())
            reader.problem("matches"_L1, u"is no regular expression: "_s + compiled.errorString());
    }
    const bool within = reader.duration("within"_L1, query.withinMs, kept);
    const QString name = query.kind == Kind::Log ? u"log"_s : u"log_template"_s;
    query.key = name + u'(' + query.text + (within ? QString(u',' + seconds(query.withinMs)) : QString()) + u')';
}

void readEvents(YamlReader &reader, TreeQuery &query)
{
    query.kind = Kind::Events;
    query.type = u"any"_s;
    query.of = u"component"_s;
    reader.choice("type"_L1, query.type, QStringList{u"any"_s} + words<ErrorType>());
    reader.choice("of"_L1, query.of, {u"component"_s, u"dependency"_s, u"dependent"_s, u"host"_s, u"any"_s});
    reader.duration("within"_L1, query.withinMs, kept);
    query.key = QStringLiteral("events(%1,%2,%3)").arg(query.type, query.of, seconds(query.withinMs));
}

void readChange(YamlReader &reader, TreeQuery &query)
{
    query.kind = Kind::Change;
    query.type = u"any"_s;
    query.of = u"component"_s;
    query.withinMs = 1'800'000;
    reader.choice("kind"_L1, query.type, {u"any"_s, u"deployment"_s, u"config_file"_s, u"package"_s, u"kernel"_s});
    reader.choice("of"_L1, query.of, {u"component"_s, u"dependency"_s, u"host"_s, u"any"_s});
    reader.duration("within"_L1, query.withinMs, keptChanges);
    query.key = QStringLiteral("change(%1,%2,%3)").arg(query.type, query.of, seconds(query.withinMs));
}

void readParameter(YamlReader &reader, TreeQuery &query)
{
    for (const Parameter &one : parameters) {
        if (query.type != one.type || !reader.require(one.key, one.what))
            continue;
        if (reader.text(one.key, query.text))
            checkPlaceholders(reader, one.key, query.text);
    }
    if (query.type == "cgroup"_L1 && reader.require("field"_L1, u"a number of the control group"_s)) {
        reader.choice("field"_L1, query.text,
                      {u"limit_percent"_s, u"file_percent"_s, u"anon_mib"_s, u"oom_kills"_s, u"throttled_percent"_s, u"swap_mib"_s});
    }
    if (query.type == "nagios"_L1 && reader.require("command"_L1, u"an argument vector"_s)) {
        if (reader.texts("command"_L1, query.command) && query.command.isEmpty())
            reader.problem("command"_L1, u"is empty, expected the plugin and its arguments"_s);
        for (const QString &argument : std::as_const(query.command))
            checkPlaceholders(reader, "command"_L1, argument);
    }
    if (query.type == "http"_L1)
        reader.integer("expect_status"_L1, query.expectStatus, {100, 599});
}

void readProbe(YamlReader &reader, TreeQuery &query)
{
    query.kind = Kind::Probe;
    if (!reader.require("type"_L1, u"one of "_s + probeTypes().join(u", "_s)) || !reader.choice("type"_L1, query.type, probeTypes())) {
        reader.acceptAnyKey(); // which keys it takes is not known
        return;
    }
    readParameter(reader, query);
    reader.duration("timeout"_L1, query.timeoutMs, probeTimeout);
    QString parameter = query.command.isEmpty() ? query.text : query.command.join(u' ');
    if (query.expectStatus != 0)
        parameter += u',' + QString::number(query.expectStatus);
    query.key = u"probe."_s + query.type + (parameter.isEmpty() ? QString() : QString(u'(' + parameter + u')'));
}

} // namespace

const QStringList &queryForms()
{
    static const QStringList names{u"log"_s, u"events"_s, u"change"_s, u"probe"_s};
    return names;
}

QList<QLatin1StringView> queryFormsIn(const YamlReader &condition)
{
    QList<QLatin1StringView> found;
    std::copy_if(std::begin(forms), std::end(forms), std::back_inserter(found), [&](QLatin1StringView form) { return condition.has(form); });
    return found;
}

TreeQuery readQuery(YamlReader &condition, QLatin1StringView form)
{
    TreeQuery query;
    condition.map(form, [&](YamlReader &reader) {
        if (form == "log"_L1)
            readLog(reader, query);
        else if (form == "events"_L1)
            readEvents(reader, query);
        else if (form == "change"_L1)
            readChange(reader, query);
        else
            readProbe(reader, query);
    });
    return query;
}

QStringList placeholdersOf(const QString &text, bool expression)
{
    static const QRegularExpression braces(u"\\{([^{}]*)\\}"_s);
    QStringList names;
    for (auto it = braces.globalMatch(text); it.hasNext();) {
        const QString name = it.next().captured(1);
        if (!expression || isKnownFact(name))
            names << name;
    }
    names.removeDuplicates();
    return names;
}

} // namespace prunella
