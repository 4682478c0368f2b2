#pragma once
#include "core/engine/EngineClient.h"

#include <QMap>
#include <QTimer>

namespace prunella {

/// What was read, what a person changed, and what the engine says about the changes. The widgets only show it.
class SettingsEditor : public QObject
{
    Q_OBJECT
public:
    explicit SettingsEditor(EngineClient *client, QObject *parent = nullptr);

    /// Reads anew; what was changed outside is taken over when nothing is edited, else offered (outsideChanged).
    void read();
    /// Drops every edit and takes what is in the files now.
    void discard();
    void save();
    /// An edit equal to what was read is no edit.
    void set(const QString &path, const QString &value);

    [[nodiscard]] const SettingsSnapshot &snapshot() const { return m_snapshot; }
    [[nodiscard]] bool isLoaded() const { return m_loaded; }
    /// The edited value, else the one read.
    [[nodiscard]] QString value(const QString &path) const;
    [[nodiscard]] const SettingValue *setting(const QString &path) const;
    [[nodiscard]] bool isEdited(const QString &path) const { return m_edits.contains(path); }
    [[nodiscard]] int edits() const { return int(m_edits.size()); }
    [[nodiscard]] bool isBusy() const { return m_saving; }
    /// Whether the answer to the newest edit is in; until then nothing is saved.
    [[nodiscard]] bool isChecked() const { return m_checked == m_version; }
    [[nodiscard]] bool canSave() const;
    [[nodiscard]] QString diff() const { return m_preview.diff; }
    /// Everything wrong with the edits; warnings come after errors.
    [[nodiscard]] QList<ConfigProblem> problems() const { return m_preview.problems; }
    /// The error at one path, empty when there is none.
    [[nodiscard]] QString errorAt(const QString &path) const;

Q_SIGNALS:
    void loaded();          ///< another snapshot: fields show it
    void edited();          ///< edits or the answer to them changed
    void outsideChanged();  ///< the files differ from what was read, and there are edits
    void saved(const QString &file);
    void saveFailed();

private:
    void take(const SettingsSnapshot &snapshot);
    void check();
    [[nodiscard]] QList<SettingChange> changes() const;

    EngineClient *m_client;
    SettingsSnapshot m_snapshot;
    QMap<QString, QString> m_edits;
    SettingsPreview m_preview;
    QTimer m_pause;          ///< a moment without typing before the whole configuration is checked
    quint64 m_version = 0;   ///< of the edits
    quint64 m_checked = 0;
    quint64 m_reading = 0;
    bool m_loaded = false, m_saving = false;
};

} // namespace prunella
