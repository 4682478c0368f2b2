#pragma once
#include "core/model/Enums.h"

#include <QFrame>

class QFormLayout;
class QVBoxLayout;

namespace prunella {

/// A framed block: a sign and a title, below it captions with texts. As high as it needs.
class Card : public QFrame
{
    Q_OBJECT
public:
    Card(Health sign, const QString &title, QWidget *parent);

    /// Leaves an empty text out.
    void addRow(const QString &caption, const QString &text);
    /// Monospace, broken anywhere; longer than `maximumLines` it scrolls (0: no limit).
    void addExact(const QString &caption, const QString &text, int maximumLines);
    void addField(const QString &caption, QWidget *field);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QFormLayout *m_form;
};

} // namespace prunella
