#include "ui/Header.h"
#include "ui/ElidedLabel.h"
#include "ui/StateBlock.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/text/Format.h"
#include "ui/text/HeaderText.h"
#include "ui/text/Words.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QTimer>
#include <QToolButton>

namespace prunella {
namespace {

constexpr int AgeTickMs = 500; // the age of the last sample and of a stop

/// A value with its caption below.
QWidget *block(QWidget *value, ElidedLabel *note, QWidget *parent)
{
    auto *box = new QWidget(parent);
    auto *column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addStretch(1);
    column->addWidget(value);
    column->addWidget(note);
    column->addStretch(1);
    note->setFont(Theme::small(parent->font()));
    note->setColor(Theme::muted(parent->palette()));
    return box;
}

} // namespace

Header::Header(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent)
    : QWidget(parent), m_client(client), m_clock(std::move(clock)), m_state(new StateBlock(this)),
      m_mode(new QComboBox(this)), m_modeNote(new ElidedLabel(this)), m_age(new ElidedLabel(this)),
      m_ageNote(new ElidedLabel(this)), m_environment(new ElidedLabel(this)), m_environmentNote(new ElidedLabel(this)),
      m_stopNote(new ElidedLabel(this)), m_open(new QPushButton(this)), m_review(new QPushButton(this)),
      m_stop(new QPushButton(this)),
      m_help(new QToolButton(this))
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 12, 8);
    row->setSpacing(12);
    addState(row);
    addMode(row);
    addFigures(row);
    addButtons(row);
    setWaiting(0);
    connect(client, &EngineClient::frameReady, this, &Header::takeFrame);
    connect(client, &EngineClient::commandAnswered, this, [this](const CommandAnswer &answer) {
        if (answer.id == m_modeAsked)
            m_modeAsked = 0;
    });
    auto *tick = new QTimer(this);
    connect(tick, &QTimer::timeout, this, [this] {
        showAge();
        showAutomation();
    });
    tick->start(AgeTickMs);
    if (const FramePtr frame = client->frame())
        takeFrame(frame);
}

void Header::addState(QHBoxLayout *row)
{
    row->addWidget(m_state, 1);
}

void Header::addMode(QHBoxLayout *row)
{
    for (const Mode mode : {Mode::Observe, Mode::Approve, Mode::Automatic}) {
        m_mode->addItem(words(mode), int(mode));
        m_mode->setItemData(int(mode), modeExplained(mode), Qt::ToolTipRole);
    }
    m_mode->setAccessibleName(tr("Mode: the most that is done by itself"));
    m_mode->view()->setAccessibleName(tr("Modes"));
    connect(m_mode, &QComboBox::activated, this, &Header::chooseMode);
    row->addWidget(block(m_mode, m_modeNote, this));
}

void Header::addFigures(QHBoxLayout *row)
{
    m_open->setFlat(true);
    m_open->setToolTip(tr("Shows the open incidents"));
    row->addWidget(m_open);
    connect(m_open, &QPushButton::clicked, this, &Header::incidentsRequested);
    m_review->setIcon(stateIcon(Health::Warning));
    m_review->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_R));
    m_review->setToolTip(tr("Shows what waits for your answer (%1)").arg(m_review->shortcut().toString(QKeySequence::NativeText)));
    row->addWidget(m_review);
    connect(m_review, &QPushButton::clicked, this, &Header::reviewRequested);
    m_age->setFont(Theme::tabular(font()));
    m_age->setReserve(formatAge(99'900));
    m_ageNote->setText(tr("last sample"));
    m_ageNote->setReserve(m_ageNote->text());
    row->addWidget(block(m_age, m_ageNote, this));
    m_environmentNote->setText(tr("environment"));
    m_environmentBlock = block(m_environment, m_environmentNote, this);
    m_environmentBlock->hide();
    row->addWidget(m_environmentBlock);
}

void Header::addButtons(QHBoxLayout *row)
{
    m_stop->setIcon(signIcon(Sign::Pause));
    row->addWidget(block(m_stop, m_stopNote, this));
    m_stopNote->hide();
    connect(m_stop, &QPushButton::clicked, this, &Header::toggleAutomation);
    m_help->setText(QStringLiteral("?"));
    m_help->setAutoRaise(true);
    m_help->setFocusPolicy(Qt::StrongFocus);
    m_help->setAccessibleName(tr("Help"));
    m_help->setToolTip(tr("Help (F1)"));
    row->addWidget(m_help);
    connect(m_help, &QToolButton::clicked, this, &Header::helpRequested);
}

void Header::setWaiting(int count)
{
    m_review->setVisible(count > 0);
    m_review->setText(tr("Review %n waiting", nullptr, count));
    m_review->setAccessibleName(tr("Review: %n waiting for you", nullptr, count));
    m_review->setFont(Theme::bold(font()));
}

void Header::takeFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_state->setState(frame->overall, overallWords(*frame), countWords(*frame));
    m_open->setText(tr("%n open", "incidents", int(frame->open.size())));
    m_open->setAccessibleName(tr("Open incidents: %n", nullptr, int(frame->open.size())));
    m_environmentBlock->setVisible(!frame->engine.environment.isEmpty());
    m_environment->setText(frame->engine.environment);
    m_stop->setEnabled(!frame->engine.readOnly);
    showMode(frame->engine);
    showAutomation();
    showAge();
}

void Header::showMode(const EngineInfo &engine)
{
    m_mode->setEnabled(!engine.readOnly);
    if (m_modeAsked == 0 && !m_mode->view()->isVisible())
        m_mode->setCurrentIndex(int(engine.ceiling));
    m_mode->setToolTip(tr("%1.\nAn upper limit above the configuration, which says: %2.")
                           .arg(modeExplained(engine.ceiling), words(engine.mode)));
    m_modeNote->setText(!engine.enabled ? tr("healing is switched off")
                        : engine.shadow ? tr("shadow mode: nothing is done")
                                        : tr("at most; configured: %1").arg(words(engine.mode)));
    m_modeNote->setExplanation(engine.shadow ? tr("recovery.shadow is on: what would be done is decided and recorded, not done, "
                                                  "for all services that do not say otherwise.")
                                             : QString());
}

void Header::chooseMode(int index)
{
    Command command;
    command.kind = CommandKind::SetCeiling;
    command.mode = Mode(index);
    m_modeAsked = send(command);
}

const PauseInfo *Header::pauseOfAll() const
{
    if (!m_frame)
        return nullptr;
    const auto it = std::find_if(m_frame->pauses.begin(), m_frame->pauses.end(),
                                 [](const PauseInfo &pause) { return pause.target.isEmpty(); });
    return it == m_frame->pauses.end() ? nullptr : &*it;
}

void Header::toggleAutomation()
{
    Command command;
    command.kind = pauseOfAll() ? CommandKind::Resume : CommandKind::Pause;
    send(command);
}

quint64 Header::send(Command command)
{
    command.actor = QStringLiteral("console");
    command.interactive = true;
    return m_client->send(command);
}

void Header::showAutomation()
{
    const PauseInfo *pause = pauseOfAll();
    m_stopNote->setVisible(pause != nullptr);
    if (pause)
        m_stopNote->setText(pauseWords(*pause, m_clock->now().wallMs));
    const QString text = pause ? tr("Resume automation") : tr("Stop all automation");
    if (m_stop->text() == text)
        return;
    m_stop->setText(text);
    m_stop->setIcon(signIcon(pause ? Sign::Resume : Sign::Pause));
    m_stop->setToolTip(pause ? tr("All automation is stopped by %1. Lets it go on (Ctrl+Shift+P).").arg(pause->by)
                             : tr("Nothing is done by itself until you let it go on; watching goes on (Ctrl+Shift+P)"));
}

void Header::showAge()
{
    const bool sampled = m_frame && m_frame->lastSampleAt > 0;
    m_age->setText(sampled ? formatAge(m_clock->now().wallMs - m_frame->lastSampleAt) : QStringLiteral("–"));
    m_age->setExplanation(sampled ? formatExact(m_frame->lastSampleAt) : tr("Nothing was measured yet"));
}

void Header::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::surface(palette()));
    painter.setPen(Theme::line(palette()));
    painter.drawLine(rect().bottomLeft(), rect().bottomRight());
}

} // namespace prunella
