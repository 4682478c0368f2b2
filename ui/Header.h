#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include <QWidget>
#include <memory>

class QComboBox;
class QHBoxLayout;
class QPushButton;
class QToolButton;

namespace prunella {

class ElidedLabel;
class StateBlock;

/// What an operator knows after two seconds: is all well, does anything need me, what is being done.
class Header : public QWidget
{
    Q_OBJECT
public:
    Header(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent = nullptr);

    void setWaiting(int count);
    /// Stops all automation, or lets it go on when it is stopped.
    void toggleAutomation();

Q_SIGNALS:
    void reviewRequested();
    void incidentsRequested();
    void helpRequested();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void addState(QHBoxLayout *row);
    void addMode(QHBoxLayout *row);
    void addFigures(QHBoxLayout *row);
    void addButtons(QHBoxLayout *row);
    void takeFrame(const FramePtr &frame);
    void showMode(const EngineInfo &engine);
    void showAutomation();
    void showAge();
    void chooseMode(int index);
    [[nodiscard]] const PauseInfo *pauseOfAll() const;
    quint64 send(Command command);

    EngineClient *m_client;
    std::shared_ptr<const Clock> m_clock;
    FramePtr m_frame;
    quint64 m_modeAsked = 0;      ///< command whose answer is awaited: until then the selector shows the wish
    StateBlock *m_state;
    QComboBox *m_mode;
    ElidedLabel *m_modeNote, *m_age, *m_ageNote, *m_environment, *m_environmentNote, *m_stopNote;
    QWidget *m_environmentBlock = nullptr;
    QPushButton *m_open, *m_review, *m_stop;
    QToolButton *m_help;
};

} // namespace prunella
