#pragma once
// What free_disk_space would delete: listed first, so that a person and the journal see it, and only that is deleted.
#include "core/base/Result.h"
#include "core/model/FileActions.h"

namespace prunella {

/// A file as it was when the plan was made; when any of this differs later, it is left alone.
struct DiskFile {
    QString name;             ///< relative to the step's folder
    quint64 device = 0, inode = 0;
    qint64 changedNs = 0;     ///< time of the last change of its content, ns since the epoch
    qint64 bytes = 0;         ///< that it takes on the disk
    bool operator==(const DiskFile &) const = default;
};

struct DiskStep {
    DiskRuleConfig::Kind kind = DiskRuleConfig::Kind::Files;
    QString folder;           ///< Files: where the names count from
    QStringList command;      ///< Journal, PackageCache: the argument vector that is run
    QList<DiskFile> files;    ///< Files: what is deleted. Else: among these the command chooses, for people to see
    [[nodiscard]] qint64 bytes() const;
    bool operator==(const DiskStep &) const = default;
};

struct DiskPlan {
    QList<DiskStep> steps;    ///< those that have something to delete
    QStringList notes;        ///< what was left out and why, one sentence each
};

inline constexpr int mostPlannedFiles = 500; ///< in one action; the oldest first

/// Looks, deletes nothing. `nowWallMs` is what older_than counts from. Links are neither followed nor listed; files with a
/// second name (hard link) free nothing and are left out. Blocks: large folders take a while (100000 entries at most).
/// NotAuthorised: there is something, but nothing of it may be deleted. NotFound: no rule has anything to delete.
[[nodiscard]] Result<DiskPlan> planDisk(const QList<DiskRuleConfig> &rules, qint64 nowWallMs);

/// For ActionRequest::plan; nothing when the text is no plan.
[[nodiscard]] QString toJson(const DiskPlan &plan);
[[nodiscard]] std::optional<DiskPlan> diskPlanFromJson(const QString &json);
/// The exact calls, as an operator is shown them: names (the first twenty of a folder) and sizes.
[[nodiscard]] QString describe(const DiskPlan &plan);
/// "12.3 MiB"
[[nodiscard]] QString sizeText(qint64 bytes);

} // namespace prunella
