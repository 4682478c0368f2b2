#pragma once
// A service with limits or instances, acted on as the engine does: look, intent, action, undo, all by the table of actions.
#include "core/recovery/ActionKind.h"

namespace prunella::testing {

class LimitCase
{
public:
    explicit LimitCase(ActionType type, const QString &unit, Manager manager = Manager::Systemd);

    ServiceConfig service;

    [[nodiscard]] Preflight look(const QMap<QString, QString> &parameters = {}, const QString &causeId = {}) const;
    /// The intent of what a look found.
    [[nodiscard]] ActionRequest intent(const Preflight &look) const;
    [[nodiscard]] ActionResult run(const ActionRequest &request) const;
    [[nodiscard]] ActionRequest inverse(const ActionRequest &done) const;
    [[nodiscard]] QString describe(const ActionRequest &request) const;

private:
    const ActionType m_type;
};

/// Writes a file with its folder; bytes of a file, empty: it is not there.
void putFile(const QString &path, const QByteArray &bytes);
[[nodiscard]] QByteArray fileBytes(const QString &path);
/// A unit file below /run/systemd/system, known to systemd.
void putUnit(const QString &unit, const QString &lines);
/// The kernel's own word, of either version of control groups: "memory.max" is memory.limit_in_bytes in version 1, in its
/// numbers; "cpu.max" is the quota in microseconds; "pids.max"; "cpu.weight" is cpu.shares in version 1.
[[nodiscard]] QByteArray kernelWord(const QString &unit, const QString &file);
[[nodiscard]] bool unifiedGroups();
/// Soft limit of open files of a unit's main process, from /proc/PID/limits.
[[nodiscard]] QByteArray openFilesLimit(const QString &unit, const QStringList &scope = {});

} // namespace prunella::testing

/// Runs it once and fails with its words when it did not complete.
#define COMPLETES(call) \
    do { \
        const ActionResult ran = (call); \
        QVERIFY2(ran.status == ActionStatus::Completed, qPrintable(ran.output)); \
    } while (false)
