#include "core/config/Settings.h"

#include "core/base/Result.h"
#include "core/config/ConfigLoader.h"
#include "core/config/SettingsFiles.h"
#include "core/config/SettingsTable.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// Applies all changes in memory; every one that cannot be is a problem.
QList<ConfigProblem> apply(SettingsFiles &files, const QList<SettingChange> &changes, const QList<SettingValue> &known)
{
    QList<ConfigProblem> problems;
    for (const SettingChange &change : changes) {
        const QString key = u"self_healing."_s + change.path;
        const auto refuse = [&](const QString &text) { problems.append({ProblemLevel::Error, files.place(change.path).file, 0, 0, key, text}); };
        const bool isKnown = std::any_of(known.cbegin(), known.cend(), [&](const SettingValue &value) { return value.path == change.path; });
        if (!isKnown && !change.path.startsWith("thresholds["_L1))
            refuse(u"is no setting that can be changed here"_s);
        else if (change.value.trimmed().isEmpty())
            refuse(u"is empty, expected a value; for the default remove the key in the file"_s);
        else if (const Status done = files.change(change.path, change.value.trimmed()); !done)
            refuse(done.error().message);
    }
    return problems;
}

/// Errors, and the warnings that a person should see before saving.
QList<ConfigProblem> judge(const SettingsFiles &files)
{
    QList<ConfigProblem> problems = files.load().problems;
    problems.removeIf([](const ConfigProblem &problem) { return problem.level == ProblemLevel::NotYetInEffect; });
    return problems;
}

} // namespace

SettingsSnapshot settingsSnapshot(const ConfigSources &sources)
{
    SettingsFiles files(sources);
    const Config config = files.load().config;
    SettingsSnapshot snapshot{settingsTable(config), config.thresholds, files.newValuesFile(), sources.environment};
    for (SettingValue &value : snapshot.values) {
        const SettingPlace place = files.place(value.path);
        value.isDefault = !place.isSet;
        value.file = place.holder;
        value.line = place.line;
        if (place.isSet)
            value.value = place.value;
        value.whyNot = place.whyNot;
        if (value.whyNot.isEmpty()) { // trying another value on a copy tells what the editor would say
            SettingsFiles trial(files);
            if (const Status possible = trial.change(value.path, value.value == "0"_L1 ? u"1"_s : u"0"_s); !possible)
                value.whyNot = possible.error().message;
        }
        value.editable = value.whyNot.isEmpty();
    }
    return snapshot;
}

SettingsPreview previewSettings(const ConfigSources &sources, const QList<SettingChange> &changes)
{
    SettingsFiles files(sources);
    SettingsPreview preview;
    preview.problems = apply(files, changes, settingsTable(files.load().config));
    preview.problems += judge(files);
    preview.diff = files.diff();
    return preview;
}

QList<ConfigProblem> saveSettings(const ConfigSources &sources, const QList<SettingChange> &changes)
{
    SettingsFiles files(sources);
    QList<ConfigProblem> problems = apply(files, changes, settingsTable(files.load().config));
    problems += judge(files);
    problems.removeIf([](const ConfigProblem &problem) { return problem.level != ProblemLevel::Error; });
    return problems.isEmpty() ? files.write() : problems;
}

} // namespace prunella
