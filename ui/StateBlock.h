#pragma once
#include "core/model/Enums.h"

#include <QWidget>

namespace prunella {

class ElidedLabel;

/// A state as a large icon with its words beside it, and an explanation below.
class StateBlock : public QWidget
{
    Q_OBJECT
public:
    explicit StateBlock(QWidget *parent = nullptr);
    void setState(Health health, const QString &words, const QString &explanation);
    [[nodiscard]] QString words() const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    Health m_health = Health::Unknown;
    ElidedLabel *m_words, *m_explanation;
};

} // namespace prunella
