#pragma once
#include <QDialog>

class QGridLayout;

namespace prunella {

/// What the signs mean, which keys there are, and what the modes do.
class HelpDialog : public QDialog
{
    Q_OBJECT
public:
    explicit HelpDialog(QWidget *parent);

private:
    [[nodiscard]] QWidget *section(const QString &title, QGridLayout *grid);
    [[nodiscard]] QGridLayout *states();
    [[nodiscard]] QGridLayout *modes();
    [[nodiscard]] QGridLayout *keys();
};

} // namespace prunella
