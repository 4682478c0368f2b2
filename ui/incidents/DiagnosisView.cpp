#include "ui/incidents/DiagnosisView.h"

#include "ui/Theme.h"
#include "ui/incidents/DiagnosisModel.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"

#include <QBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QTreeView>

namespace prunella {
namespace {

constexpr int LowHeight = 300, WideEnough = 640; // px: then the lists stand beside the tree, which needs the rows

QString fingerprint(const DiagnosisNode &node)
{
    QString all = node.node + node.answer + QString::number(node.held) + QString::number(node.confidence) + node.evidence.join(u'\n');
    for (const DiagnosisNode &child : node.children)
        all += u'\n' + fingerprint(child);
    return all;
}

QString listOf(const QString &title, const QStringList &lines)
{
    if (lines.isEmpty())
        return {};
    QString html = QStringLiteral("<p style='margin:4px 0 2px 0'><b>%1</b></p>").arg(title.toHtmlEscaped());
    for (const QString &line : lines)
        html += QStringLiteral("<div style='margin-left:8px'>• %1</div>").arg(line.toHtmlEscaped());
    return html;
}

} // namespace

DiagnosisView::DiagnosisView(QWidget *parent) : QWidget(parent), m_model(new DiagnosisModel(this)) { build(); }

void DiagnosisView::build()
{
    m_head = paragraph(QStringLiteral("diagnosisHead"));
    m_tree = new QTreeView(this);
    m_tree->setModel(m_model);
    m_tree->setAccessibleName(tr("Diagnosis tree"));
    m_tree->setAlternatingRowColors(false);
    m_tree->setUniformRowHeights(false);
    m_tree->setWordWrap(true);
    m_tree->setTabKeyNavigation(false);
    m_tree->header()->setStretchLastSection(false);
    m_tree->header()->setSectionResizeMode(DiagnosisModel::Text, QHeaderView::Stretch);
    m_tree->header()->setSectionResizeMode(DiagnosisModel::Answer, QHeaderView::ResizeToContents);
    m_tree->header()->setSectionResizeMode(DiagnosisModel::Confidence, QHeaderView::ResizeToContents);
    m_lists = paragraph(QStringLiteral("diagnosisLists"));
    m_lists->setAlignment(Qt::AlignTop);
    m_lists->setMargin(Theme::Grid);
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidget(m_lists);
    area->setAccessibleName(tr("Ruled out and correlated"));
    m_listArea = area;
    m_split = new QSplitter(Qt::Vertical, this);
    m_split->setChildrenCollapsible(false);
    m_split->addWidget(m_tree);
    m_split->addWidget(m_listArea);
    m_split->setStretchFactor(0, 4);
    m_split->setStretchFactor(1, 1);
    m_split->setSizes({460, 120});
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, Theme::Grid, 0, 0);
    all->addWidget(m_head);
    all->addWidget(m_split, 1);
}

void DiagnosisView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation wanted = height() < LowHeight && width() > WideEnough ? Qt::Horizontal : Qt::Vertical;
    if (m_split->orientation() == wanted)
        return;
    m_split->setOrientation(wanted);
    m_split->setSizes(wanted == Qt::Horizontal ? QList<int>{560, 280} : QList<int>{460, 120});
}

QLabel *DiagnosisView::paragraph(const QString &name)
{
    auto *label = new QLabel(this);
    label->setObjectName(name);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setMinimumWidth(1);
    return label;
}

void DiagnosisView::setIncident(const Incident &incident)
{
    const auto &diagnosis = incident.diagnosis;
    const QString wanted = incident.id + (diagnosis ? diagnosis->rootCause + fingerprint(diagnosis->root)
                                                          + (diagnosis->ruledOut + diagnosis->correlated).join(u'\n') : QString());
    if (wanted == m_shown)
        return;
    m_shown = wanted;
    m_model->setDiagnosis(diagnosis);
    const bool tree = m_model->rowCount() > 0;
    m_tree->setVisible(tree);
    if (!diagnosis)
        m_head->setText(isOpen(incident) ? tr("Not diagnosed yet.") : tr("It ended before it was diagnosed."));
    else if (!tree)
        m_head->setText(tr("No decision tree fits this type of error; this is what is known."));
    else
        m_head->setText(tr("Tree %1, asked at %2, confidence %3.").arg(diagnosis->tree, formatExact(diagnosis->wallMs), percent(diagnosis->confidence)));
    showLists(diagnosis.value_or(Diagnosis{}));
    openTakenPath();
}

void DiagnosisView::showLists(const Diagnosis &diagnosis)
{
    m_lists->setTextFormat(Qt::RichText);
    m_lists->setText(listOf(tr("Ruled out"), byReason(diagnosis.ruledOut)) + listOf(tr("Seen at the same time"), diagnosis.correlated));
    m_listArea->setVisible(!m_lists->text().isEmpty());
}

void DiagnosisView::openTakenPath()
{
    for (QModelIndex at = m_model->chosen(); at.isValid(); at = at.parent())
        m_tree->expand(at);
    m_tree->selectionModel()->setCurrentIndex(m_model->chosen(), QItemSelectionModel::NoUpdate); // lit, not selected
    m_tree->scrollToTop();
}

} // namespace prunella
