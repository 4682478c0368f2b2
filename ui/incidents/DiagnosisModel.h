#pragma once
#include "core/model/Diagnosis.h"

#include <QAbstractItemModel>
#include <memory>
#include <vector>

namespace prunella {

/// The explained tree: questions and causes, each with its evidence as rows below it.
class DiagnosisModel : public QAbstractItemModel
{
    Q_OBJECT
public:
    enum Column { Text, Answer, Confidence, ColumnCount };
    enum Role { HeldRole = Qt::UserRole, EvidenceRole };

    explicit DiagnosisModel(QObject *parent = nullptr);
    ~DiagnosisModel() override;

    /// Nothing: no rows.
    void setDiagnosis(const std::optional<Diagnosis> &diagnosis);
    /// The chosen cause, at the end of the taken path.
    [[nodiscard]] QModelIndex chosen() const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Item;
    void addNode(Item &parent, const DiagnosisNode &node);
    [[nodiscard]] Item *itemOf(const QModelIndex &index) const;
    [[nodiscard]] static QString text(const Item &item, int column);
    [[nodiscard]] static QString confidence(const Item &item);
    [[nodiscard]] static QString answer(const Item &item);
    [[nodiscard]] static QString explained(const Item &item);

    std::unique_ptr<Item> m_root; ///< holds the tree's root as its only child
};

} // namespace prunella
