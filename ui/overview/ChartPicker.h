#pragma once
#include "ui/charts/ChartSpec.h"

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace prunella {

/// Chooses which charts are shown and in which order.
class ChartPicker : public QDialog
{
    Q_OBJECT
public:
    /// `chosen` in order; the other available ones follow.
    ChartPicker(const QList<ChartSpec> &available, const QStringList &chosen, QWidget *parent);

    [[nodiscard]] QStringList chosen() const;

private:
    void addRow(const ChartSpec &chart, bool checked);
    void moveRow(int by);
    void filter(const QString &text);
    [[nodiscard]] QWidget *orderButtons();

    QLineEdit *m_filter;
    QListWidget *m_list;
};

} // namespace prunella
