#pragma once
#include "core/engine/EngineClient.h"

#include <QTimer>
#include <QWidget>

class QGridLayout;
class QLabel;
class QPushButton;
class QSplitter;
class QTableView;

namespace prunella {

class DiffView;
class SettingsEditor;
class ThresholdModel;

/// Thresholds, mode, recovery values and guards; shows the difference to the file before it writes.
class SettingsPage : public QWidget
{
    Q_OBJECT
public:
    explicit SettingsPage(EngineClient *client, QWidget *parent = nullptr);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void build();
    [[nodiscard]] QWidget *buildValues();
    [[nodiscard]] QWidget *buildThresholds();
    [[nodiscard]] QWidget *buildReview();
    [[nodiscard]] QWidget *buildOffer();
    void connectEditor();
    void showSnapshot();
    void buildGroups();
    void addGroup(const QString &name, const QList<SettingValue> &values);
    void placeGroups();
    [[nodiscard]] int columnsThatFit() const;
    void sizeTable();
    void showEdits();
    void fitReview();
    [[nodiscard]] QString statusText() const;
    [[nodiscard]] QString problemText() const;

    EngineClient *m_client;
    SettingsEditor *m_editor;
    ThresholdModel *m_thresholds;
    QTimer m_look; ///< while the page is seen: were the files changed outside?
    QTableView *m_table = nullptr;
    QWidget *m_values = nullptr, *m_offer = nullptr, *m_review = nullptr;
    QGridLayout *m_grid = nullptr;
    QList<QWidget *> m_groups;
    int m_columns = 0;
    QLabel *m_file = nullptr, *m_thresholdErrors = nullptr, *m_status = nullptr, *m_problems = nullptr, *m_diffTitle = nullptr;
    DiffView *m_diff = nullptr;
    QSplitter *m_split = nullptr;
    QPushButton *m_save = nullptr, *m_discard = nullptr, *m_reload = nullptr;
    QString m_said; ///< the outcome of the last save, until something is edited
};

} // namespace prunella
