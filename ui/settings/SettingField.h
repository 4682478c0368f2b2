#pragma once
#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;

namespace prunella {

class ElidedLabel;

class SettingsEditor;
struct SettingValue;

/// One value: the fitting control, its unit, where it comes from, and the error at it.
class SettingField : public QWidget
{
    Q_OBJECT
public:
    SettingField(SettingsEditor *editor, const SettingValue &setting, QWidget *parent = nullptr);

    [[nodiscard]] QString path() const { return m_path; }
    /// The control that takes the focus.
    [[nodiscard]] QWidget *control() const { return m_control; }

private:
    void buildControl(const SettingValue &setting);
    void buildLines(const SettingValue &setting);
    void refresh();

    SettingsEditor *m_editor;
    QString m_path;
    QWidget *m_control = nullptr;
    QLineEdit *m_line = nullptr;
    QCheckBox *m_check = nullptr;
    QComboBox *m_box = nullptr;
    ElidedLabel *m_note = nullptr;
    QLabel *m_unit = nullptr, *m_whyNot = nullptr, *m_error = nullptr;
};

} // namespace prunella
