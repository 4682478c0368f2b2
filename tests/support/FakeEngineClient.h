#pragma once
// An engine at the console's injected edge: a frame set by the test, commands recorded, canned reads.
// Header-only and without Q_OBJECT, because tests of lower layers compile this folder without linking the engine.
#include "core/engine/EngineClient.h"
#include "tests/support/PlanAnswers.h"

#include <QPromise>

namespace prunella {

class FakeEngineClient : public EngineClient, public PlanAnswers
{
public:
    using EngineClient::EngineClient;

    // what the test sets
    /// Counts the version on and emits frameReady.
    void setFrame(EngineFrame frame)
    {
        frame.version = m_frame->version + 1;
        m_frame = std::make_shared<const EngineFrame>(std::move(frame));
        Q_EMIT frameReady(m_frame);
    }
    void ask(const ApprovalRequest &request) { Q_EMIT approvalAsked(request); }
    void withdraw(const QString &incidentId, const QString &reason) { Q_EMIT approvalWithdrawn(incidentId, reason); }
    void change(const Incident &incident) { Q_EMIT incidentChanged(incident); }
    void notice(const Notice &text) { Q_EMIT noticeChanged(text); }
    void answer(quint64 id, bool ok, const QString &text = {}, ErrorCode code = ErrorCode::Invalid)
    {
        Q_EMIT commandAnswered(CommandAnswer{id, ok, code, text});
    }

    QList<Incident> stored;                          ///< answer of incidents()
    QHash<SeriesKey, QList<HistoryPoint>> points;    ///< answer of history(), cut to the range asked for
    SettingsSnapshot snapshot;                       ///< answer of settings()
    SettingsPreview preview;                         ///< answer of previewSettings()
    QList<ConfigProblem> saveProblems;               ///< answer of saveSettings()
    QMap<ActionType, QString> calls;                 ///< answer of describe()
    QList<RightVerdict> verdicts;                    ///< answer of rights()

    // what the test looks at
    QList<Command> commands;                         ///< everything sent, with the ids given
    QList<HistoryQuery> historyQueries;
    QList<IncidentQuery> incidentQueries;
    QList<QList<SettingChange>> previewed, saved;
    int rightsAsked = 0;
    [[nodiscard]] QList<Command> sent(CommandKind kind) const
    {
        QList<Command> matching;
        std::copy_if(commands.begin(), commands.end(), std::back_inserter(matching),
                     [kind](const Command &command) { return command.kind == kind; });
        return matching;
    }

    // EngineClient
    [[nodiscard]] FramePtr frame() const override { return m_frame; }
    quint64 send(Command command) override
    {
        command.id = quint64(commands.size()) + 1;
        commands.append(command);
        return command.id;
    }
    [[nodiscard]] QFuture<QList<Incident>> incidents(IncidentQuery query) override
    {
        incidentQueries.append(query);
        return ready(stored);
    }
    [[nodiscard]] QFuture<QList<HistoryPoint>> history(HistoryQuery query) override
    {
        historyQueries.append(query);
        QList<HistoryPoint> found = points.value(query.key);
        found.removeIf([&query](const HistoryPoint &point) { return point.at < query.from || point.at > query.to; });
        return ready(found);
    }
    [[nodiscard]] QString describe(const QString &, ActionType action) const override { return calls.value(action); }
    [[nodiscard]] QFuture<Result<IncidentPlan>> plan(QString incidentId) override { return answerPlan(incidentId); }
    [[nodiscard]] QFuture<QList<RightVerdict>> rights() override
    {
        ++rightsAsked;
        return ready(verdicts);
    }
    [[nodiscard]] QFuture<SettingsSnapshot> settings() override { return ready(snapshot); }
    [[nodiscard]] QFuture<SettingsPreview> previewSettings(QList<SettingChange> changes) override
    {
        previewed.append(changes);
        return ready(preview);
    }
    [[nodiscard]] QFuture<QList<ConfigProblem>> saveSettings(QList<SettingChange> changes) override
    {
        saved.append(changes);
        return ready(saveProblems);
    }

private:
    template<typename T>
    [[nodiscard]] static QFuture<T> ready(const T &value)
    {
        QPromise<T> promise;
        promise.start();
        promise.addResult(value);
        promise.finish();
        return promise.future();
    }

    FramePtr m_frame = std::make_shared<const EngineFrame>();
};

} // namespace prunella
