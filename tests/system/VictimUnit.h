#pragma once
// A systemd unit of the sandbox whose process is the victim; it ends with this object.
#include <QString>
#include <QStringList>

namespace prunella::testing {

/// systemctl's output, trimmed.
QString systemctl(const QStringList &arguments);
/// The victim's command line; it counts its starts in `log`.
[[nodiscard]] QStringList victimCommand(const QString &log, const QStringList &arguments = {});
/// Lines of `log` that begin with the word: how often the victim itself says that it started.
[[nodiscard]] int countLines(const QString &log, const QByteArray &word = "start");
/// Monotonic microseconds of the newest line that begins with the word; 0: none.
[[nodiscard]] qint64 lastLineUs(const QString &log, const QByteArray &word);
[[nodiscard]] bool processRuns(qint64 pid);

class VictimUnit
{
public:
    VictimUnit(const QString &name, const QString &dir, const QStringList &arguments = {}, const QString &serviceLines = {},
               const QString &unitLines = {});
    ~VictimUnit();
    Q_DISABLE_COPY_MOVE(VictimUnit)

    void start() const;
    void stop() const;
    void kill9() const;
    /// Writes the unit anew, with other arguments of the victim.
    void rewrite(const QStringList &arguments) const;

    [[nodiscard]] QString unit() const { return m_name + QStringLiteral(".service"); }
    [[nodiscard]] QString name() const { return m_name; }
    [[nodiscard]] QString log() const { return m_log; }
    [[nodiscard]] QString property(const QString &name) const;
    [[nodiscard]] qint64 mainPid() const { return property(QStringLiteral("MainPID")).toLongLong(); }
    [[nodiscard]] int starts() const { return countLines(m_log); }
    /// An entry of `services` in the configuration: this unit under its own name.
    [[nodiscard]] QString service(const QString &more = {}) const;

private:
    QString m_name, m_log, m_serviceLines, m_unitLines;
};

} // namespace prunella::testing
