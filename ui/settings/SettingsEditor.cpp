#include "ui/settings/SettingsEditor.h"

#include <algorithm>

namespace prunella {
namespace {

constexpr int CheckAfterMs = 150;

bool same(const SettingValue &a, const SettingValue &b)
{
    return a.path == b.path && a.value == b.value && a.isDefault == b.isDefault && a.editable == b.editable && a.file == b.file;
}

bool same(const ThresholdConfig &a, const ThresholdConfig &b)
{
    return a.metric == b.metric && a.labels == b.labels && a.warning == b.warning && a.critical == b.critical
        && a.clear == b.clear && a.forMs == b.forMs && a.direction == b.direction;
}

bool same(const SettingsSnapshot &a, const SettingsSnapshot &b)
{
    return a.file == b.file && a.environment == b.environment
        && std::ranges::equal(a.values, b.values, [](const auto &x, const auto &y) { return same(x, y); })
        && std::ranges::equal(a.thresholds, b.thresholds, [](const auto &x, const auto &y) { return same(x, y); });
}

/// The path below `self_healing`, whatever environment a problem was found in.
QString pathOf(const ConfigProblem &problem)
{
    const QString marker = QStringLiteral("self_healing.");
    const qsizetype at = problem.key.lastIndexOf(marker);
    return at < 0 ? problem.key : problem.key.mid(at + marker.size());
}

} // namespace

SettingsEditor::SettingsEditor(EngineClient *client, QObject *parent) : QObject(parent), m_client(client)
{
    m_pause.setSingleShot(true);
    m_pause.setInterval(CheckAfterMs);
    connect(&m_pause, &QTimer::timeout, this, &SettingsEditor::check);
}

void SettingsEditor::read()
{
    const quint64 reading = ++m_reading;
    m_client->settings().then(this, [this, reading](const SettingsSnapshot &snapshot) {
        if (reading != m_reading || m_saving || (m_loaded && same(snapshot, m_snapshot)))
            return;
        if (m_loaded && !m_edits.isEmpty())
            Q_EMIT outsideChanged();
        else
            take(snapshot);
    });
}

void SettingsEditor::take(const SettingsSnapshot &snapshot)
{
    m_snapshot = snapshot;
    m_edits.clear();
    m_preview = {};
    m_loaded = true;
    m_checked = ++m_version;
    m_pause.stop();
    Q_EMIT loaded();
    Q_EMIT edited();
}

void SettingsEditor::discard()
{
    take(m_snapshot);
    read();
}

const SettingValue *SettingsEditor::setting(const QString &path) const
{
    const auto it = std::ranges::find(m_snapshot.values, path, &SettingValue::path);
    return it == m_snapshot.values.cend() ? nullptr : &*it;
}

QString SettingsEditor::value(const QString &path) const
{
    if (const auto edit = m_edits.constFind(path); edit != m_edits.cend())
        return *edit;
    const SettingValue *known = setting(path);
    return known ? known->value : QString();
}

void SettingsEditor::set(const QString &path, const QString &value)
{
    const SettingValue *known = setting(path);
    const QString before = this->value(path);
    if (known ? known->value == value : value.isEmpty())
        m_edits.remove(path);
    else
        m_edits.insert(path, value);
    if (before == value)
        return;
    ++m_version;
    m_pause.start();
    Q_EMIT edited();
}

QList<SettingChange> SettingsEditor::changes() const
{
    QList<SettingChange> list;
    for (auto it = m_edits.cbegin(); it != m_edits.cend(); ++it)
        list.append({it.key(), it.value()});
    return list;
}

void SettingsEditor::check()
{
    const quint64 version = m_version;
    if (m_edits.isEmpty()) {
        m_preview = {};
        m_checked = version;
        Q_EMIT edited();
        return;
    }
    m_client->previewSettings(changes()).then(this, [this, version](const SettingsPreview &preview) {
        if (version != m_version)
            return; // typing went on
        m_preview = preview;
        m_checked = version;
        std::ranges::stable_sort(m_preview.problems, {}, &ConfigProblem::level);
        Q_EMIT edited();
    });
}

bool SettingsEditor::canSave() const
{
    const bool wrong = std::ranges::any_of(m_preview.problems, [](const ConfigProblem &p) { return p.level == ProblemLevel::Error; });
    return !m_edits.isEmpty() && isChecked() && !wrong && !m_saving && !m_snapshot.file.isEmpty();
}

QString SettingsEditor::errorAt(const QString &path) const
{
    for (const ConfigProblem &problem : m_preview.problems) {
        if (problem.level == ProblemLevel::Error && pathOf(problem) == path)
            return problem.text;
    }
    return {};
}

void SettingsEditor::save()
{
    if (!canSave())
        return;
    m_saving = true;
    Q_EMIT edited();
    m_client->saveSettings(changes()).then(this, [this](const QList<ConfigProblem> &problems) {
        m_saving = false;
        const bool wrong = std::ranges::any_of(problems, [](const ConfigProblem &p) { return p.level == ProblemLevel::Error; });
        if (wrong) {
            m_preview.problems = problems;
            Q_EMIT edited();
            Q_EMIT saveFailed();
            return;
        }
        const QString file = m_snapshot.file;
        m_edits.clear();
        m_loaded = false; // the files are the truth: read them back
        read();
        Q_EMIT saved(file);
    });
}

} // namespace prunella
