#include "ui/settings/ThresholdDelegate.h"

#include "ui/settings/SettingText.h"
#include "ui/settings/ThresholdModel.h"

#include <QComboBox>
#include <QLineEdit>

namespace prunella {

QWidget *ThresholdDelegate::createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const QString name = tr("%1 of %2", "column, metric")
                             .arg(index.model()->headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
                                  index.siblingAtColumn(ThresholdModel::Metric).data().toString());
    const QStringList choices = index.data(ThresholdModel::ChoicesRole).toStringList();
    // const only by Qt's signature: the signal tells the view that the editor's value is to be taken
    auto *self = const_cast<ThresholdDelegate *>(this);
    if (choices.isEmpty()) {
        auto *line = new QLineEdit(parent);
        line->setAccessibleName(name);
        line->setFrame(false);
        connect(line, &QLineEdit::textEdited, self, [self, line] { Q_EMIT self->commitData(line); });
        const QPersistentModelIndex cell(index);
        const QString before = index.data(Qt::EditRole).toString();
        connect(self, &QAbstractItemDelegate::closeEditor, line, [line, cell, before](QWidget *closed, EndEditHint hint) {
            if (closed == line && hint == RevertModelCache && cell.isValid()) // Escape takes back what was handed on
                const_cast<QAbstractItemModel *>(cell.model())->setData(cell, before, Qt::EditRole);
        });
        return line;
    }
    auto *box = new QComboBox(parent);
    box->setAccessibleName(name);
    for (const QString &word : choices)
        box->addItem(choiceName(word), word);
    connect(box, &QComboBox::activated, self, [self, box] { Q_EMIT self->commitData(box); });
    return box;
}

void ThresholdDelegate::setEditorData(QWidget *editor, const QModelIndex &index) const
{
    const QString value = index.data(Qt::EditRole).toString();
    if (auto *box = qobject_cast<QComboBox *>(editor))
        return box->setCurrentIndex(box->findData(value));
    auto *line = qobject_cast<QLineEdit *>(editor);
    if (line && line->text().trimmed() != value) // the model's echo must not move the cursor
        line->setText(value);
}

void ThresholdDelegate::setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const
{
    if (const auto *box = qobject_cast<QComboBox *>(editor))
        model->setData(index, box->currentData(), Qt::EditRole);
    else if (const auto *line = qobject_cast<QLineEdit *>(editor))
        model->setData(index, line->text(), Qt::EditRole);
}

} // namespace prunella
