#include "ui/incidents/DiagnosisModel.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/IncidentText.h"

#include <QApplication>
#include <cmath>

namespace prunella {

struct DiagnosisModel::Item
{
    DiagnosisNode node;   ///< without its children; unused for evidence
    bool isQuestion = false;
    QString evidence;     ///< set: this row is one piece of evidence
    Item *parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<Item>> children;

    Item &add()
    {
        auto child = std::make_unique<Item>();
        child->parent = this;
        child->row = int(children.size());
        children.push_back(std::move(child));
        return *children.back();
    }
};

DiagnosisModel::DiagnosisModel(QObject *parent) : QAbstractItemModel(parent), m_root(std::make_unique<Item>()) {}

DiagnosisModel::~DiagnosisModel() = default;

void DiagnosisModel::setDiagnosis(const std::optional<Diagnosis> &diagnosis)
{
    beginResetModel();
    m_root = std::make_unique<Item>();
    if (diagnosis && !diagnosis->root.node.isEmpty())
        addNode(*m_root, diagnosis->root);
    endResetModel();
}

void DiagnosisModel::addNode(Item &parent, const DiagnosisNode &node)
{
    Item &item = parent.add();
    item.node = node;
    item.node.children.clear();
    item.isQuestion = !node.children.isEmpty();
    for (const QString &evidence : node.evidence)
        item.add().evidence = evidence;
    for (const DiagnosisNode &child : node.children)
        addNode(item, child);
}

QModelIndex DiagnosisModel::chosen() const
{
    QModelIndex best;
    QModelIndex at = index(0, 0);
    while (at.isValid()) {
        best = at;
        QModelIndex next;
        for (int row = 0; row < rowCount(at) && !next.isValid(); ++row) {
            const QModelIndex child = index(row, 0, at);
            if (child.data(HeldRole).toBool())
                next = child;
        }
        at = next;
    }
    return best;
}

DiagnosisModel::Item *DiagnosisModel::itemOf(const QModelIndex &index) const
{
    return index.isValid() ? static_cast<Item *>(index.internalPointer()) : m_root.get();
}

QModelIndex DiagnosisModel::index(int row, int column, const QModelIndex &parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, itemOf(parent)->children[std::size_t(row)].get());
}

QModelIndex DiagnosisModel::parent(const QModelIndex &child) const
{
    if (!child.isValid())
        return {};
    Item *parent = itemOf(child)->parent;
    return parent == m_root.get() ? QModelIndex() : createIndex(parent->row, 0, parent);
}

int DiagnosisModel::rowCount(const QModelIndex &parent) const
{
    return parent.column() > 0 ? 0 : int(itemOf(parent)->children.size());
}

int DiagnosisModel::columnCount(const QModelIndex &) const { return ColumnCount; }

QVariant DiagnosisModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Item &item = *itemOf(index);
    const bool isEvidence = !item.evidence.isEmpty();
    switch (role) {
    case Qt::DisplayRole:
        return text(item, index.column());
    case Qt::ToolTipRole:
        return explained(item);
    case Qt::FontRole:
        return item.node.held && !isEvidence ? QVariant(Theme::bold(QApplication::font("QTreeView"))) : QVariant();
    case Qt::ForegroundRole:
        return item.node.held || (isEvidence && item.parent->node.held) ? QVariant() : QVariant(Theme::muted(QApplication::palette()));
    case Qt::DecorationRole:
        return index.column() == Text && item.node.held && !isEvidence ? QVariant(stateIcon(Health::Healthy)) : QVariant();
    case Qt::SizeHintRole:
        return index.column() == Text ? QVariant(QSize(0, QFontMetrics(QApplication::font("QTreeView")).height() + 2 * Theme::Grid)) : QVariant();
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (index.column() == Confidence ? Qt::AlignRight : Qt::AlignLeft));
    case HeldRole:
        return item.node.held && !isEvidence;
    case EvidenceRole:
        return isEvidence;
    default:
        return {};
    }
}

QVariant DiagnosisModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case Text: return tr("Question, cause, evidence");
    case Answer: return tr("Answer");
    case Confidence: return tr("Confidence");
    case ColumnCount: break;
    }
    return {};
}

QString DiagnosisModel::text(const Item &item, int column)
{
    if (!item.evidence.isEmpty())
        return column == Text ? tr("• %1", "evidence").arg(item.evidence) : QString();
    switch (Column(column)) {
    case Text: return item.node.node;
    case Answer: return answer(item);
    case Confidence: return confidence(item);
    case ColumnCount: break;
    }
    return {};
}

/// How the answers moved it; one number where they did not.
QString DiagnosisModel::confidence(const Item &item)
{
    const QString before = percent(item.node.confidenceBefore), after = percent(item.node.confidence);
    return before == after ? after : tr("%1 → %2", "confidence before and after").arg(before, after);
}

QString DiagnosisModel::answer(const Item &item)
{
    const DiagnosisNode &node = item.node;
    if (!node.answer.isEmpty())
        return node.answer;
    if (item.isQuestion) // a question without an answer was not asked
        return tr("not asked");
    if (node.held)
        return tr("this is the cause");
    // a cause below a question that was never reached was not judged at all
    return item.parent->node.held ? tr("ruled out") : tr("not considered");
}

QString DiagnosisModel::explained(const Item &item)
{
    if (!item.evidence.isEmpty())
        return item.evidence;
    const DiagnosisNode &node = item.node;
    const QString held = node.held ? tr("Lies on the taken path.") : tr("Does not lie on the taken path.");
    if (std::abs(node.confidence - node.confidenceBefore) < 0.005)
        return tr("%1\n%2").arg(node.node, held);
    return tr("%1\n%2\nThe answers moved its confidence from %3 to %4.")
        .arg(node.node, held, percent(node.confidenceBefore), percent(node.confidence));
}

} // namespace prunella
