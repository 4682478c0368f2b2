#pragma once
// What a command prints, as lines, for as long as it runs; and again when it ended.
#include "core/monitoring/CommandChild.h"
#include "core/monitoring/LogReader.h"
#include "core/monitoring/LogSplitter.h"

#include <memory>

namespace prunella {

/// Lines come from its standard output; the last thing it says on its standard error stands in the problem.
class LogCommand final : public LogReader
{
public:
    static constexpr qint64 firstDelayMs = 1000;    ///< before it is started again, doubled each time
    static constexpr qint64 longestDelayMs = 60'000;
    static constexpr qint64 settledMs = 10'000;     ///< after running so long it is well again, and the delay short
    static constexpr qint64 partialMs = 5000;       ///< an unfinished line is given out after so long without a byte

    LogCommand(QString component, QStringList command);
    /// Ends the command with all of its process group: SIGTERM, and SIGKILL a moment later.
    ~LogCommand() override;

    [[nodiscard]] QString key() const override { return m_component + u'/' + m_source; }
    void beginStop() override;
    [[nodiscard]] LogTurn turn(const Now &now, qint64 budget) override;
    void addDescriptors(std::vector<pollfd> &descriptors) const override;
    [[nodiscard]] qint64 dueMs() const override { return m_dueMs; }
    [[nodiscard]] QString problem() const override { return m_problem; }

private:
    void start(const Now &now);
    void readOutput(const Now &now, qint64 budget, LogTurn &out, const LogSplitter::Sink &sink);
    void readErrors();
    [[nodiscard]] bool hasEnded() const;
    void finish(const Now &now, const LogSplitter::Sink &sink);
    void schedule(const Now &now, bool more);
    void again(const Now &now, const QString &why);

    QString m_component, m_source;
    QStringList m_command;
    std::unique_ptr<CommandChild> m_child; ///< null: it waits to be started
    LogSplitter m_splitter;
    QByteArray m_errors;                   ///< the end of what it said
    qint64 m_startedMs = 0, m_dueMs = 0, m_readMs = 0, m_delayMs = firstDelayMs;
    QString m_problem;
};

} // namespace prunella
