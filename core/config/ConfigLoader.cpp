#include "core/config/ConfigLoader.h"

#include "core/config/ConfigReading.h"
#include "core/config/YamlMerge.h"

#include <QFileInfo>
#include <QSet>
#include <tuple>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Kind = YamlNode::Kind;

const YamlNodePtr &nothing()
{
    static const YamlNodePtr node = std::make_shared<YamlNode>();
    return node;
}

YamlNodePtr below(const YamlNode &map, QStringView key)
{
    const YamlEntry *entry = map.find(key);
    return entry ? entry->value : nothing();
}

/// Every layer, merged into one tree.
YamlNodePtr readLayers(const ConfigSources &sources, const FileContents &instead, LoadedConfig &out)
{
    YamlNodePtr merged = nothing();
    for (const QString &file : sources.files) {
        const bool replaced = instead.contains(file);
        if (!replaced && !QFileInfo::exists(file)) {
            out.problems.append({ProblemLevel::Error, file, 0, 0, {}, QFileInfo::exists(QFileInfo(file).path())
                                     ? u"there is no such file"_s
                                     : u"there is no such file, or its folder cannot be entered by this user"_s});
            continue;
        }
        if (const auto problem = ownershipProblem(file))
            out.problems.append(*problem);
        const YamlDocument document = replaced ? parseYaml(file, instead.value(file)) : readYamlFile(file);
        out.problems += document.problems;
        out.files.append(file);
        merged = mergeYaml(merged, document.root);
    }
    return merged;
}

/// The places of everything in a subtree: what tells whether a problem stems from it.
void collectPlaces(const YamlNode &node, QSet<QString> &out)
{
    const auto place = [](const YamlPosition &at) { return u"%1:%2:%3"_s.arg(at.file).arg(at.line).arg(at.column); };
    out.insert(place(node.at));
    for (const YamlEntry &entry : node.entries) {
        out.insert(place(entry.at));
        if (!entry.shared) // an alias was counted where it stands; following it could take for ever
            collectPlaces(*entry.value, out);
    }
}

/// An environment that is not chosen today is checked as well: only what stands in its own lines is reported.
void checkOtherEnvironment(const YamlNodePtr &base, const YamlNodePtr &environment, QList<ConfigProblem> &problems)
{
    QList<ConfigProblem> found;
    {
        Config ignored;
        YamlReader reader(mergeYaml(base, environment), u"self_healing"_s, found);
        readSelfHealing(reader, ignored);
    }
    QSet<QString> places;
    collectPlaces(*environment, places);
    for (const ConfigProblem &problem : std::as_const(found)) {
        if (places.contains(u"%1:%2:%3"_s.arg(problem.file).arg(problem.line).arg(problem.column)))
            problems.append(problem);
    }
}

/// The map below self_healing with the chosen environment on top.
YamlNodePtr chooseEnvironment(YamlReader &root, const YamlNodePtr &base, const QString &chosen, QList<ConfigProblem> &problems)
{
    YamlNodePtr result = base;
    QStringList names;
    root.maps("environments"_L1, [&](const QString &name, YamlReader &reader) {
        names.append(name);
        const YamlNodePtr over = reader.node("self_healing"_L1);
        if (!over)
            return;
        if (name == chosen)
            result = mergeYaml(base, over);
        else
            checkOtherEnvironment(base, over, problems);
    });
    if (!chosen.isEmpty() && !names.contains(chosen)) {
        const QString there = names.isEmpty() ? u"there are none"_s : u"there are: %1"_s.arg(names.join(", "_L1));
        root.problem("environments"_L1, u"the environment \"%1\" is not defined, %2"_s.arg(chosen, there));
    }
    return result;
}

void readConfig(const YamlNodePtr &merged, const ConfigSources &sources, LoadedConfig &out)
{
    YamlReader root(merged, {}, out.problems);
    root.ignore("self_healing"_L1);
    const YamlNodePtr chosen = chooseEnvironment(root, below(*merged, u"self_healing"), sources.environment, out.problems);
    out.config.environment = sources.environment;
    YamlReader reader(chosen, u"self_healing"_s, out.problems);
    readSelfHealing(reader, out.config);
}

/// In the order of the layers, then of the lines; a place that two readings complained about is named once.
void tidy(const QStringList &files, QList<ConfigProblem> &problems)
{
    const auto rank = [&files](const ConfigProblem &problem) {
        return std::tuple(files.indexOf(problem.file), problem.line, problem.column);
    };
    std::stable_sort(problems.begin(), problems.end(), [&](const ConfigProblem &a, const ConfigProblem &b) { return rank(a) < rank(b); });
    QSet<QString> said;
    problems.removeIf([&said](const ConfigProblem &problem) {
        const QString text = toString(problem);
        const bool again = said.contains(text);
        said.insert(text);
        return again;
    });
}

} // namespace

bool LoadedConfig::hasErrors() const
{
    return std::any_of(problems.cbegin(), problems.cend(), [](const ConfigProblem &problem) { return problem.level == ProblemLevel::Error; });
}

LoadedConfig loadConfig(const ConfigSources &sources)
{
    return loadConfig(sources, {});
}

LoadedConfig loadConfig(const ConfigSources &sources, const FileContents &instead)
{
    LoadedConfig loaded;
    const YamlNodePtr merged = readLayers(sources, instead, loaded);
    readConfig(merged, sources, loaded);
    if (below(*merged, u"self_healing")->kind == Kind::Null && !loaded.hasErrors()) {
        const QString file = sources.files.isEmpty() ? userConfigFile() : sources.files.constFirst();
        const QString what = sources.files.isEmpty() ? u"there is no configuration file"_s : u"nothing is configured below self_healing"_s;
        loaded.problems.append({ProblemLevel::Warning, file, 0, 0, {}, what + u", the defaults apply"_s});
    }
    for (ConfigProblem &problem : loaded.problems) {
        if (problem.file.isEmpty()) // no layer holds the place: the configuration as a whole is meant
            problem.file = sources.files.isEmpty() ? userConfigFile() : sources.files.constFirst();
    }
    tidy(sources.files, loaded.problems);
    return loaded;
}

} // namespace prunella
