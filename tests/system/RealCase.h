#pragma once
// A fault made for real, looked at with the product's own monitors, checks, log readers and probes, and judged by the
// shipped trees: what the engine does for an incident, without its timing.
#include "core/diagnosis/EvidenceBuilder.h"
#include "core/model/TreeQuery.h"

#include <QElapsedTimer>
#include <QObject>
#include <QProcess>

namespace prunella::testing {

/// Port of 127.0.0.1 on which nobody listens, at least just now.
[[nodiscard]] quint16 closedPort();
/// Runs a program to its end; its exit code, -1 when it did not end in 20 s.
int runProgram(const QStringList &call);

class RealCase : public QObject
{
    Q_OBJECT
public:
    explicit RealCase(ErrorType type, const QString &component = QStringLiteral("victim"));

    EvidenceInput input;
    ProbeSubject subject;
    QStringList asked;      ///< the probes that ran, "tcp 127.0.0.1:5432"

    /// What systemd says of it; `until` holds then.
    void lookAtUnit(const QString &unit, const std::function<bool(const UnitState &)> &until);
    /// Makes this check once; its answer opens the incident.
    CheckResult check(const HealthCheckConfig &config);
    /// Reads the file's lines as a log of the component, until one contains the text.
    void readLog(const QString &file, const QByteArray &until);
    /// One reading of all monitors of the host.
    void lookAtHost();
    /// The newest value of a series that opened the incident, with its course where it has one.
    void over(const SeriesKey &series, const SeriesFacts &facts);
    /// Something was changed a minute ago.
    void changed(ChangeKind kind, const QString &what, const QString &detail = {});

    /// Runs the probes that the shipped tree asks for. The explained tree is printed when the test fails.
    [[nodiscard]] Diagnosis diagnose();

private:
    ErrorType m_type;
};

/// "killed_by_signal 0.97: ...", for a failing test
[[nodiscard]] QString toText(const Diagnosis &diagnosis);

} // namespace prunella::testing
