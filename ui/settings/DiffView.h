#pragma once
#include <QPlainTextEdit>

namespace prunella {

/// A unified difference: signs as in the file, and colours that only repeat what the signs say.
class DiffView : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit DiffView(QWidget *parent = nullptr);

    void setDiff(const QString &diff);

private:
    QString m_diff;
};

} // namespace prunella
