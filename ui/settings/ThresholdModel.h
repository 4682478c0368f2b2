#pragma once
#include "core/model/Settings.h"

#include <QAbstractTableModel>

namespace prunella {

class SettingsEditor;

/// The thresholds as a table; edits go to the SettingsEditor as text, so that a wrong value can be shown as it was typed.
class ThresholdModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { Metric, LabelsColumn, Warning, Critical, Clear, For, DirectionColumn, ColumnCount };
    enum Role { PathRole = Qt::UserRole, ErrorRole, ChoicesRole };

    explicit ThresholdModel(SettingsEditor *editor, QObject *parent = nullptr);

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex &index) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

    /// The setting that a cell changes; the four shorthands keep their own keys. Empty: none.
    [[nodiscard]] QString pathOf(int row, int column) const;

private:
    [[nodiscard]] QString text(int row, int column) const;
    [[nodiscard]] QString shownText(int row, int column) const; ///< with its unit
    [[nodiscard]] QString read(const ThresholdConfig &threshold, int column) const;
    [[nodiscard]] QString whyNot(int row, int column) const;

    SettingsEditor *m_editor;
};

} // namespace prunella
