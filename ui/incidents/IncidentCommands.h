#pragma once
#include "core/engine/EngineClient.h"

#include <QWidget>

#include <array>

class QBoxLayout;
class QLabel;
class QLayout;
class QMenu;
class QPushButton;
class QToolButton;

namespace prunella {

class CommandText;

/// What a person can do about one incident, with the engine's answer beside it.
class IncidentCommands : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentCommands(EngineClient *client, QWidget *parent = nullptr);

    void setIncident(const Incident &incident);
    /// Why no action at all can be started; empty when one can.
    [[nodiscard]] static QString blocked(const Incident &incident, const EngineInfo &engine);
    /// Why Recover now cannot be pressed; empty when it can.
    [[nodiscard]] static QString whyNot(const Incident &incident, const EngineInfo &engine);
    /// What Recover now would do; nothing when nobody knows.
    [[nodiscard]] static std::optional<ActionType> recommended(const Incident &incident);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void build();
    void arrange();
    void fitButtons();
    void refreshButtons();
    void refreshRecover();
    void fillMenu();
    void confirmResolve(bool asking);
    void send(CommandKind kind, std::optional<ActionType> action = {});
    void answered(const CommandAnswer &answer);
    void say(const QString &text, bool bad);

    EngineClient *m_client;
    Incident m_incident;
    quint64 m_pending = 0; ///< 0: nothing sent is unanswered
    QPushButton *m_recover = nullptr, *m_acknowledge = nullptr, *m_resolve = nullptr;
    QPushButton *m_confirm = nullptr, *m_cancel = nullptr;
    QToolButton *m_others = nullptr;
    QMenu *m_menu = nullptr;
    QBoxLayout *m_buttons = nullptr;
    std::array<QLayout *, 2> m_halves{}; ///< beside or below each other
    CommandText *m_call = nullptr;
    QLabel *m_question = nullptr, *m_answer = nullptr;
};

} // namespace prunella
