#pragma once
// A store in a directory of its own, and waiting for its answers without sleeping.
#include "core/store/StoreReader.h"
#include "core/store/StoreWriter.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <future>

namespace prunella::test {

class StoreFixture
{
public:
    StoreFixture() { open(); }
    ~StoreFixture() = default;

    void open(int retentionDays = 30)
    {
        auto opened = StoreWriter::open(paths(), retentionDays, clock);
        error = opened ? QString() : opened.error().message;
        code = opened ? ErrorCode::Internal : opened.error().code;
        writer = opened ? std::move(*opened) : nullptr;
    }
    void close() { writer.reset(); }
    [[nodiscard]] StorePaths paths() const { return {dir.filePath(QStringLiteral("state")), dir.filePath(QStringLiteral("run"))}; }

    [[nodiscard]] CommitResult commit(Transaction transaction)
    {
        std::promise<CommitResult> promise;
        auto future = promise.get_future();
        writer->commit(std::move(transaction), [&promise](CommitResult result) { promise.set_value(std::move(result)); });
        return future.get();
    }
    void flush()
    {
        std::promise<void> promise;
        auto future = promise.get_future();
        writer->flushSamples([&promise] { promise.set_value(); });
        future.get();
    }
    [[nodiscard]] std::unique_ptr<StoreReader> reader() const
    {
        auto opened = StoreReader::open(paths().stateDir);
        if (!opened)
            qWarning().noquote() << opened.error().message;
        return opened ? std::move(*opened) : nullptr;
    }
    [[nodiscard]] StoredState state() const
    {
        const auto open = reader();
        const auto state = open ? open->storedState() : Result<StoredState>();
        return state.value_or(StoredState());
    }

    QTemporaryDir dir;
    std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
    std::unique_ptr<StoreWriter> writer;
    QString error;
    ErrorCode code = ErrorCode::Internal;
};

inline JournalIntent intent(const QString &id, quint64 epoch = 1)
{
    JournalIntent intent;
    intent.request.id = id;
    intent.request.incidentId = QStringLiteral("incident");
    intent.request.target = QStringLiteral("web");
    intent.request.call = QStringLiteral("RestartUnit(\"web.service\", \"replace\")");
    intent.epoch = epoch;
    intent.at = 1'700'000'000'000;
    return intent;
}

inline JournalOutcome outcome(const QString &id)
{
    return {{id, ActionStatus::Completed, FailureKind::None, QStringLiteral("done"), 4711}, 1'700'000'001'000};
}

/// An intent of this id, and an incident with it.
inline Transaction intentOf(const QString &id)
{
    Transaction t;
    t.intents << intent(id);
    Incident incident;
    incident.id = QString(QStringLiteral("incident-") + id);
    incident.detectedAt = 1000;
    t.incidents << incident;
    return t;
}

inline QStringList unfinishedIds(const StoreFixture &store)
{
    QStringList ids;
    for (const JournalIntent &entry : store.state().unfinished)
        ids << entry.request.id;
    ids.sort();
    return ids;
}

inline void overwrite(const QString &path, qint64 offset, const QByteArray &bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.seek(offset));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace prunella::test
