#pragma once
// The files behind the settings: which layer holds a value, and into which a change goes.
#include "core/base/Result.h"
#include "core/config/ConfigLoader.h"

#include <QHash>

namespace prunella {

/// Where one setting stands, or would be written.
struct SettingPlace {
    QString file;               ///< empty: no file can be written
    QString path;               ///< from the file's top: "environments.dev.self_healing.mode"
    bool isSet = false;
    QString value;              ///< as written, when set
    QString holder;             ///< the file that sets it today
    int line = 0;
    QString whyNot;             ///< not empty: it cannot be changed from here
};

class SettingsFiles
{
public:
    explicit SettingsFiles(const ConfigSources &sources);

    /// `setting` is a dotted key below self_healing.
    [[nodiscard]] SettingPlace place(const QString &setting) const;
    /// Where a value that no file sets would be written; empty when no file can be.
    [[nodiscard]] QString newValuesFile() const;
    /// Changes the bytes in memory; the reason when that cannot be.
    [[nodiscard]] Status change(const QString &setting, const QString &value);
    /// The configuration as it would be.
    [[nodiscard]] LoadedConfig load() const;
    [[nodiscard]] QString diff() const;
    /// Writes what was changed, each file at once or not at all, with the rights it had.
    [[nodiscard]] QList<ConfigProblem> write() const;

private:
    struct Layer {
        QString file;
        QByteArray before, after;
        bool exists = true;
    };
    [[nodiscard]] const Layer *layer(const QString &file) const;
    [[nodiscard]] QString writableFrom(qsizetype index) const;

    ConfigSources m_sources;
    QList<Layer> m_layers;
};

} // namespace prunella
