#include "ui/overview/ServicesPanel.h"
#include "ui/ElidedLabel.h"
#include "ui/Theme.h"
#include "ui/overview/ServicesDelegate.h"
#include "ui/overview/ServicesModel.h"

#include <QLabel>
#include <QListView>
#include <QTimer>
#include <QVBoxLayout>

namespace prunella {
namespace {
constexpr int AgeTickMs = 5000; // the relative times of the list
}

ServicesPanel::ServicesPanel(std::shared_ptr<const Clock> clock, QWidget *parent)
    : QWidget(parent), m_model(new ServicesModel(this)), m_list(new QListView(this)), m_empty(new QLabel(this)),
      m_failedBefore(new ElidedLabel(this))
{
    auto *title = new QLabel(tr("Services"), this);
    title->setFont(Theme::bold(font()));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new ServicesDelegate(std::move(clock), m_list));
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Services, the worst first"));
    m_empty->setWordWrap(true);
    m_empty->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_failedBefore->hide();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(title);
    column->addWidget(m_empty);
    column->addWidget(m_list, 1);
    column->addStretch(0); // takes the place of a hidden list
    column->addWidget(m_failedBefore);
    setMinimumWidth(200);
    connect(m_list, &QListView::activated, this, &ServicesPanel::activate);
    auto *ages = new QTimer(this);
    connect(ages, &QTimer::timeout, m_list->viewport(), qOverload<>(&QWidget::update));
    ages->start(AgeTickMs);
}

void ServicesPanel::takeFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_model->takeFrame(*frame);
    showEmpty(*frame);
    const QStringList &failed = frame->failedBefore;
    m_failedBefore->setVisible(!failed.isEmpty());
    m_failedBefore->setText(tr("Failed before Prunella watched: %n", "units", int(failed.size())));
    m_failedBefore->setExplanation(tr("Listed, not healed:\n%1").arg(failed.mid(0, 30).join(u'\n')));
    m_failedBefore->setColor(Theme::muted(palette()));
}

void ServicesPanel::showEmpty(const EngineFrame &frame)
{
    const bool services = std::any_of(frame.components.begin(), frame.components.end(),
                                      [](const ComponentHealth &component) { return component.name != u"host"; });
    m_empty->setVisible(!services);
    m_list->setVisible(!frame.components.isEmpty());
    if (services)
        return;
    const QString file = frame.engine.configFile.isEmpty() ? tr("the configuration file") : frame.engine.configFile;
    m_empty->setText(tr("No services are watched yet. Name them under “services” in %1; "
                        "Prunella takes them up as soon as the file is saved and reloaded.").arg(file));
}

void ServicesPanel::activate(const QModelIndex &index)
{
    const QString name = m_model->at(index.row()).name;
    for (auto it = m_frame->open.rbegin(); it != m_frame->open.rend(); ++it) {
        if (it->component == name) {
            Q_EMIT incidentActivated(it->id);
            return;
        }
    }
}

} // namespace prunella
