#include "ui/settings/ThresholdModel.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/settings/SettingText.h"
#include "ui/settings/SettingsEditor.h"

#include <QApplication>

namespace prunella {
namespace {

QString number(const std::optional<double> &value)
{
    return value ? QString::number(*value, 'g', 12) : QString();
}

/// The shorthand that sets a metric's warning, where no entry of the list does.
QString shorthandOf(const ThresholdConfig &threshold)
{
    static const QMap<QString, QString> Shorthands{
        {QStringLiteral("cpu_usage"), QStringLiteral("error_detection.threshold_cpu")},
        {QStringLiteral("memory_usage"), QStringLiteral("error_detection.threshold_memory")},
        {QStringLiteral("error_percent"), QStringLiteral("error_detection.threshold_error_rate")},
        {QStringLiteral("response_time"), QStringLiteral("error_detection.threshold_response_time")}};
    return threshold.labels.isEmpty() ? Shorthands.value(threshold.metric) : QString();
}

/// What a metric's limits are measured in, for display; empty: a plain number, or a metric of the user's own.
QString unitOf(const QString &metric, const SettingValue *setting)
{
    if (setting && !setting->unit.isEmpty())
        return setting->unit;
    return metric == u"response_time" ? QStringLiteral("ms") : metric == u"tls_days_left" ? ThresholdModel::tr("days") : QString();
}

QString keyOf(int column)
{
    static const QStringList Keys{{}, {}, QStringLiteral("warning"), QStringLiteral("critical"), QStringLiteral("clear"),
                                  QStringLiteral("for"), QStringLiteral("direction")};
    return Keys.value(column);
}

} // namespace

ThresholdModel::ThresholdModel(SettingsEditor *editor, QObject *parent) : QAbstractTableModel(parent), m_editor(editor)
{
    connect(editor, &SettingsEditor::loaded, this, [this] {
        beginResetModel();
        endResetModel();
    });
    connect(editor, &SettingsEditor::edited, this, [this] {
        if (rowCount() > 0)
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    });
}

int ThresholdModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_editor->snapshot().thresholds.size());
}

int ThresholdModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(ColumnCount); }

QString ThresholdModel::pathOf(int row, int column) const
{
    const QString key = keyOf(column);
    if (key.isEmpty())
        return {};
    const ThresholdConfig &threshold = m_editor->snapshot().thresholds[row];
    const QString own = thresholdPath(threshold) + u'.' + key;
    const QString shorthand = column == Warning ? shorthandOf(threshold) : QString();
    const SettingValue *entry = m_editor->setting(own);
    if (!shorthand.isEmpty() && m_editor->setting(shorthand) && (!entry || entry->isDefault))
        return shorthand;
    return own;
}

QString ThresholdModel::read(const ThresholdConfig &threshold, int column) const
{
    switch (Column(column)) {
    case Metric: return threshold.metric;
    case LabelsColumn: {
        QStringList labels;
        for (auto it = threshold.labels.cbegin(); it != threshold.labels.cend(); ++it)
            labels.append(it.key() + u'=' + it.value());
        return labels.isEmpty() ? tr("all") : labels.join(QStringLiteral(", "));
    }
    case Warning: return number(threshold.warning);
    case Critical: return number(threshold.critical);
    case Clear: return number(threshold.clear);
    case For: return yamlDuration(threshold.forMs);
    case DirectionColumn: return toString(threshold.direction);
    case ColumnCount: break;
    }
    return {};
}

QString ThresholdModel::text(int row, int column) const
{
    const QString path = pathOf(row, column);
    if (!path.isEmpty() && m_editor->isEdited(path))
        return m_editor->value(path);
    return read(m_editor->snapshot().thresholds[row], column);
}

QString ThresholdModel::shownText(int row, int column) const
{
    const QString shown = text(row, column);
    if (column == DirectionColumn)
        return choiceName(shown);
    const QString path = pathOf(row, column);
    if (shown.isEmpty() && !path.isEmpty())
        return QStringLiteral("–");
    bool number = false;
    (void)shown.toDouble(&number); // what was typed wrongly is shown as it is
    const QString unit = column >= Warning && column <= Clear && number
        ? unitOf(m_editor->snapshot().thresholds[row].metric, m_editor->setting(path)) : QString();
    return unit.isEmpty() ? shown : QString(shown + QChar(0xA0) + unit);
}

QString ThresholdModel::whyNot(int row, int column) const
{
    const SettingValue *known = m_editor->setting(pathOf(row, column));
    if (known && !known->editable)
        return known->whyNot;
    return m_editor->snapshot().file.isEmpty() ? tr("No configuration file can be written.") : QString();
}

Qt::ItemFlags ThresholdModel::flags(const QModelIndex &index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags result = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (!pathOf(index.row(), index.column()).isEmpty() && whyNot(index.row(), index.column()).isEmpty() && !m_editor->isBusy())
        result |= Qt::ItemIsEditable;
    return result;
}

QVariant ThresholdModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const QString path = pathOf(index.row(), index.column());
    const QString error = path.isEmpty() ? QString() : m_editor->errorAt(path);
    const QString locked = path.isEmpty() ? QString() : whyNot(index.row(), index.column());
    switch (role) {
    case Qt::DisplayRole: return shownText(index.row(), index.column());
    case Qt::EditRole: return text(index.row(), index.column());
    case Qt::ToolTipRole: return !error.isEmpty() ? error : locked;
    case Qt::DecorationRole: return error.isEmpty() ? QVariant() : QVariant(stateIcon(Health::Critical));
    case Qt::FontRole: return m_editor->isEdited(path) ? QVariant(Theme::bold(QApplication::font("QTableView"))) : QVariant();
    case Qt::ForegroundRole: return locked.isEmpty() ? QVariant() : QVariant(Theme::muted(QApplication::palette()));
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (index.column() >= Warning && index.column() <= For ? Qt::AlignRight : Qt::AlignLeft));
    case PathRole: return path;
    case ErrorRole: return error;
    case ChoicesRole: return index.column() == DirectionColumn ? prunella::words<Direction>() : QStringList();
    default: return {};
    }
}

bool ThresholdModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || !flags(index).testFlag(Qt::ItemIsEditable))
        return false;
    const QString path = pathOf(index.row(), index.column());
    const QString wanted = value.toString().trimmed();
    if (wanted == text(index.row(), index.column()))
        return true;
    // back to what is in effect is no edit, even where the file spells it differently
    const SettingValue *known = m_editor->setting(path);
    const bool asRead = wanted == read(m_editor->snapshot().thresholds[index.row()], index.column());
    m_editor->set(path, asRead ? (known ? known->value : QString()) : wanted);
    return true;
}

QVariant ThresholdModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return int(Qt::AlignVCenter | (section >= Warning && section <= For ? Qt::AlignRight : Qt::AlignLeft));
    if (role == Qt::ToolTipRole && section == Clear)
        return tr("The value at which the state ends; empty: 5 % below the warning.");
    if (role == Qt::ToolTipRole && section == For)
        return tr("How long the limit must be passed before it counts, such as 60s or 5m.");
    if (role != Qt::DisplayRole)
        return {};
    static const char *const Names[] = {QT_TR_NOOP("Metric"), QT_TR_NOOP("Only for"), QT_TR_NOOP("Warning"), QT_TR_NOOP("Critical"),
                                        QT_TR_NOOP("Clear"), QT_TR_NOOP("For"), QT_TR_NOOP("Direction")};
    return section < ColumnCount ? tr(Names[section]) : QString();
}

} // namespace prunella
