#include "tests/architecture/Rules.h"

#include <QFileInfo>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace rules {
namespace {

QString offence(const Source &source, int line, const QString &reason)
{
    return u"%1:%2: %3"_s.arg(source.path).arg(line).arg(reason);
}

/// Calls seen(what stands between the delimiters, is it quoted, line) for every #include.
template<typename Seen>
void forEachInclude(const Source &source, Seen seen)
{
    static const QRegularExpression include(u"^[ \\t]*#[ \\t]*include[ \\t]*([<\"])([^>\"\\n]+)"_s, QRegularExpression::MultilineOption);
    auto it = include.globalMatch(source.bare);
    while (it.hasNext()) {
        const auto match = it.next();
        seen(match.captured(2), match.captured(1) == u"\"", lineOf(source.bare, match.capturedStart(1)));
    }
}

const QStringList siblings{u"core/monitoring"_s, u"core/detection"_s, u"core/diagnosis"_s, u"core/recovery"_s,
                           u"core/learning"_s, u"core/store"_s, u"core/notification"_s};

/// core/model/x.h -> core/model, ui/charts/x.h -> ui
QString layerOf(const QString &path)
{
    const QStringList parts = path.split(u'/');
    return parts.first() == u"core" && parts.size() > 2 ? parts[0] + u'/' + parts[1] : parts.first();
}

bool mayInclude(const Source &source, const QString &included)
{
    const QString from = layerOf(source.path);
    const QString to = layerOf(included);
    const QStringList values{u"core/base"_s, u"core/model"_s};
    if (from == u"tests")
        return true;
    if (to == u"tests")
        return false;
    if (from == to)
        return true;
    if (from == u"core/model")
        return to == u"core/base";
    if (from == u"core/config")
        return values.contains(to);
    if (siblings.contains(from))
        return values.contains(to) || to == u"core/config";
    if (from == u"core/engine" || from == u"resources" || source.isIn(u"app/ctl"_s) || source.isIn(u"app/shared"_s))
        return to.startsWith(u"core/");
    if (from == u"ui")
        return values.contains(to) || included == u"core/engine/EngineClient.h";
    return from == u"app" && (to.startsWith(u"core/") || to == u"ui");
}

/// The module a header belongs to; empty when it is none of Qt's.
QString qtModule(const QString &header, const QString &qtHeaders)
{
    if (header.startsWith(u"Qt") && header.contains(u'/'))
        return header.section(u'/', 0, 0);
    static const QStringList modules{u"QtCore"_s, u"QtNetwork"_s, u"QtSql"_s, u"QtDBus"_s, u"QtGui"_s, u"QtWidgets"_s,
                                     u"QtCharts"_s, u"QtSvg"_s, u"QtConcurrent"_s, u"QtTest"_s, u"QtPrintSupport"_s};
    if ((!header.startsWith(u'Q') && !header.startsWith(u"qt")) || header.startsWith(u"qt6keychain/")) // no module, a library
        return {};
    for (const QString &module : modules) {
        if (QFileInfo::exists(qtHeaders + u'/' + module + u'/' + header))
            return module;
    }
    return u"unknown"_s;
}

QStringList modulesFor(const Source &source)
{
    const QString layer = layerOf(source.path);
    if (layer == u"core/store")
        return {u"QtCore"_s, u"QtSql"_s};
    if (layer == u"core/monitoring" || layer == u"core/recovery" || layer == u"core/notification")
        return {u"QtCore"_s, u"QtNetwork"_s, u"QtDBus"_s};
    if (source.isIn(u"ui/charts"_s))
        return {u"QtCore"_s, u"QtGui"_s, u"QtWidgets"_s, u"QtCharts"_s};
    if (layer == u"ui")
        return {u"QtCore"_s, u"QtGui"_s, u"QtWidgets"_s, u"QtSvg"_s, u"QtPrintSupport"_s};
    if (source.isIn(u"app/console"_s))
        return {u"QtCore"_s, u"QtGui"_s, u"QtWidgets"_s};
    return {u"QtCore"_s};
}

QString moduleOffence(const Source &source, const QString &header, const QString &qtHeaders)
{
    const bool localSocket = header == u"QLocalServer" || header == u"QLocalSocket";
    if (localSocket && (source.isIn(u"core/engine"_s) || source.isIn(u"app"_s)))
        return {};
    const QString module = qtModule(header, qtHeaders);
    if (module.isEmpty() || modulesFor(source).contains(module))
        return {};
    return u"<%1> is of %2; here only %3"_s.arg(header, module, modulesFor(source).join(u", "_s));
}

struct LibraryRule { QString prefix; QStringList where; };

QString libraryOffence(const Source &source, const QString &header)
{
    static const QList<LibraryRule> libraries{{u"yaml-cpp/"_s, {u"core/config"_s}},
                                              {u"systemd/sd-bus"_s, {u"core/monitoring"_s, u"core/recovery"_s}},
                                              {u"systemd/sd-journal"_s, {u"core/monitoring"_s}},
                                              {u"systemd/sd-daemon"_s, {u"app"_s}},
                                              {u"libpq-fe.h"_s, {u"core/monitoring"_s}},
                                              {u"curl/"_s, {u"core/notification"_s}},
                                              {u"qt6keychain/"_s, {u"core/notification"_s}},
                                              {u"CLI/"_s, {u"app"_s}},
                                              {u"tl/"_s, {u"core/base"_s}}};
    for (const LibraryRule &library : libraries) {
        if (!header.startsWith(library.prefix))
            continue;
        const bool allowed = std::any_of(library.where.begin(), library.where.end(), [&](const QString &where) { return source.isIn(where); });
        return allowed ? QString() : u"<%1> belongs into %2 only"_s.arg(header, library.where.join(u" and "_s));
    }
    return {};
}

struct WordRule {
    QString pattern;
    QStringList where;         ///< directories
    QStringList except;        ///< directories or files
    QString reason;
    bool inLiterals = false;   ///< looked for in string literals, too
};

const QList<WordRule> &wordRules()
{
    static const QStringList core{u"core"_s}, ui{u"ui"_s}, tests{u"tests"_s}, product{u"core"_s, u"ui"_s, u"app"_s};
    static const QList<WordRule> table{
        {u"\\btr\\s*\\("_s, core, {}, u"core speaks codes; tr() belongs into ui"_s},
        {u"\\bthrow\\b"_s, core, {}, u"core returns Result, it does not throw"_s},
        {u"\\binstance\\s*\\(\\s*\\)"_s, core, {u"core/monitoring/PluginMonitors.cpp"_s}, u"no singletons in core"_s}, // QPluginLoader::instance() there
        {u"\\bsystem\\s*\\("_s, {u"core"_s, u"ui"_s, u"app"_s, u"tests"_s}, {}, u"no shell: run argument vectors"_s},
        {u"/bin/sh\\b"_s, product, {}, u"no shell: run argument vectors"_s, true},
        {u"\\bQ_OBJECT\\b"_s, {u"core/model"_s}, {}, u"model holds values, no QObject"_s},
        {u"\\bQEventLoop\\b"_s, ui, {}, u"no nested event loop in ui"_s},
        {u"\\bwaitFor\\w*"_s, ui, {}, u"ui never blocks"_s},
        {u"\\b(\\w*sleep|sleep_for|sleep_until|qWait)\\s*\\("_s, tests, {}, u"tests do not sleep: wait for the signal or use QTRY_"_s},
        {u"\\b(currentDateTime(Utc)?|currentMSecsSinceEpoch|currentSecsSinceEpoch|currentDate|system_clock|CLOCK_REALTIME|gettimeofday)\\b|(::|\\bstd::)time\\s*\\("_s,
         core, {u"core/base/Clock.cpp"_s}, u"the wall clock is read in core/base/Clock.cpp only"_s},
        {u"\\b(QMutex\\w*|QReadWriteLock|QSemaphore|QWaitCondition)\\b|\\bstd::\\w*(mutex|semaphore)\\w*"_s,
         product, {u"core/store"_s, u"core/base/Mailbox.h"_s}, u"no locks: post values to the owner's mailbox"_s},
    };
    return table;
}

bool covers(const QStringList &places, const Source &source)
{
    return std::any_of(places.begin(), places.end(), [&](const QString &place) { return source.path == place || source.isIn(place); });
}

} // namespace

QStringList layers(const Source &source)
{
    QStringList found;
    forEachInclude(source, [&](const QString &included, bool quoted, int line) {
        if (!quoted || included.endsWith(u".moc"))
            return;
        static const QRegularExpression fromRoot(u"^(core|ui|app|tests|resources)/"_s);
        if (!fromRoot.match(included).hasMatch()) {
            if (!source.isIn(u"tests"_s) && !source.isIn(u"resources/pch"_s))
                found.append(offence(source, line, u"\"%1\": write the path from the root of the repository"_s.arg(included)));
        } else if (!mayInclude(source, included)) {
            found.append(offence(source, line, u"%1 must not include %2"_s.arg(layerOf(source.path), included)));
        }
    });
    return found;
}

QStringList libraries(const Source &source, const QString &qtHeaders)
{
    QStringList found;
    if (source.isIn(u"tests"_s) || source.isIn(u"resources/pch"_s))
        return found;
    forEachInclude(source, [&](const QString &header, bool quoted, int line) {
        const QString reason = quoted ? QString() : libraryOffence(source, header) + moduleOffence(source, header, qtHeaders);
        if (!reason.isEmpty())
            found.append(offence(source, line, reason));
    });
    return found;
}

QStringList sizes(const Source &source)
{
    QStringList found;
    const int limit = source.isHeader() ? headerLines : cppLines;
    if (source.lines() > limit)
        found.append(offence(source, source.lines(), u"the file has %1 lines, at most %2"_s.arg(source.lines()).arg(limit)));
    for (const FunctionSpan &function : functionsOf(source)) {
        if (function.lines > functionLines)
            found.append(offence(source, function.line, u"%1 has %2 lines, at most %3"_s.arg(function.name).arg(function.lines).arg(functionLines)));
    }
    return found;
}

QStringList words(const Source &source)
{
    QStringList found;
    for (const WordRule &rule : wordRules()) {
        if (!covers(rule.where, source) || covers(rule.except, source))
            continue;
        const QString &text = rule.inLiterals ? source.bare : source.code;
        auto it = QRegularExpression(rule.pattern).globalMatch(text);
        while (it.hasNext()) {
            const auto match = it.next();
            found.append(offence(source, lineOf(text, match.capturedStart()), u"%1: %2"_s.arg(match.captured().simplified(), rule.reason)));
        }
    }
    return found;
}

QStringList pragmaOnce(const Source &source)
{
    static const QRegularExpression once(u"^#pragma once$"_s, QRegularExpression::MultilineOption);
    if (!source.isHeader() || once.match(source.bare).hasMatch())
        return {};
    return {offence(source, 1, u"#pragma once is missing"_s)};
}

QStringList topLevel(const QStringList &entries)
{
    static const QStringList wanted{u"CMakeLists.txt"_s, u"app"_s, u"core"_s, u"ui"_s, u"resources"_s, u"translations"_s, u"tests"_s,
                                    u"installer"_s, u"README.md"_s, u"LICENSE"_s, u"CMakePresets.json"_s};
    QStringList found;
    for (const QString &name : wanted) {
        if (!entries.contains(name))
            found.append(u"%1:1: is missing at the top of the repository"_s.arg(name));
    }
    for (const QString &name : entries) {
        if (!wanted.contains(name) && !name.startsWith(u'.') && name != u"build")
            found.append(u"%1:1: does not belong at the top of the repository"_s.arg(name));
    }
    return found;
}

QStringList linkage(const QString &path, const QString &text)
{
    static const QRegularExpression call(u"(?:target_link_libraries\\s*\\(\\s*prunellactl|prunella_layer\\s*\\()[^)]*"_s);
    static const QRegularExpression gui(u"\\b(prunella_ui|Qt6::(Gui|Widgets|Charts|Svg\\w*|PrintSupport|OpenGL\\w*))\\b"_s);
    QStringList found;
    auto it = call.globalMatch(text);
    while (it.hasNext()) {
        const auto match = it.next();
        const auto library = gui.match(match.captured());
        if (library.hasMatch())
            found.append(u"%1:%2: links %3, a GUI library"_s.arg(path).arg(lineOf(text, match.capturedStart())).arg(library.captured()));
    }
    return found;
}

} // namespace rules
