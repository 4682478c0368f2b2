// prunellactl verify-audit on what a real engine wrote, the journal's steps in actions --json, and prunellactl rights.
#include "Ctl.h"

#include "core/store/StoreReader.h"
#include "core/store/StoreWriter.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <future>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QByteArray configOf(const QByteArray &service)
{
    return "self_healing:\n  mode: automatic\n  services:\n    - name: worker\n      manager: process" + service + '\n';
}

} // namespace

class TestSystemAudit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void aRealEngineLeavesAnUnbrokenTrail();
    void whatWasChangedIsNamed();
    void whatTheEngineDidIsInIt();
    void withoutAStoreThereIsNoAnswer();
    void theStepsOfAnAction();
    void rightsOfTheCaller();

private:
    [[nodiscard]] QString file(const QString &name, const QByteArray &text) const;
    void sqlite(const QString &statement) const;

    QTemporaryDir m_dir;
    QString m_state, m_config;
};

QString TestSystemAudit::file(const QString &name, const QByteArray &text) const
{
    QFile file(m_dir.filePath(name));
    if (file.open(QIODevice::WriteOnly)) {
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write(text);
    }
    return file.fileName();
}

/// With the program that anybody would use.
void TestSystemAudit::sqlite(const QString &statement) const
{
    QCOMPARE(QProcess::execute(u"sqlite3"_s, {m_state + u"/prunella.db"_s, statement}), 0);
}

void TestSystemAudit::initTestCase()
{
    m_state = m_dir.filePath(u"s"_s);
    m_config = file(u"config.yaml"_s, configOf(R"(
      command: [/bin/sleep, "1000"]
      commands: {tidy: {command: [/bin/true]}})"));
}

void TestSystemAudit::aRealEngineLeavesAnUnbrokenTrail()
{
    for (int i = 0; i < 2; ++i) {
        const auto run = ctl({u"run"_s, u"--for"_s, u"0.5"_s, u"--config"_s, m_config, u"--state-dir"_s, m_state});
        QVERIFY2(run.code == 0, qPrintable(run.out + run.err));
    }
    const auto text = ctl({u"verify-audit"_s, u"--state-dir"_s, m_state});
    QVERIFY2(text.code == 0, qPrintable(text.out + text.err));
    QVERIFY2(text.out.startsWith(u"4 records, unbroken since 20"), qPrintable(text.out)); // start and stop, twice
    const auto json = parsed(ctl({u"verify-audit"_s, u"--json"_s, u"--state-dir"_s, m_state}).out).object();
    QCOMPARE(json[u"schema"_s].toInt(), 1);
    QCOMPARE(json[u"ok"_s].toBool(), true);
    QCOMPARE(json[u"records"_s].toInt(), 4);
    QVERIFY(json[u"broken"_s].isNull());
    QFile head(m_state + u"/audit.head"_s);
    QVERIFY(head.open(QIODevice::ReadOnly));
    QVERIFY(head.readAll().endsWith(QString(u"4 "_s + json[u"last_hash"_s].toString() + u'\n').toLatin1()));
}

void TestSystemAudit::whatWasChangedIsNamed()
{
    sqlite(u"UPDATE audit SET actor = 'nobody' WHERE seq = 2"_s);
    const auto text = ctl({u"verify-audit"_s, u"--state-dir"_s, m_state});
    QCOMPARE(text.code, 1);
    QVERIFY2(text.out.startsWith(u"the audit trail is broken: record 2 (") && text.out.contains(u"was changed after it was written"), qPrintable(text.out));
    sqlite(u"UPDATE audit SET actor = 'engine' WHERE seq = 2"_s);
    QCOMPARE(ctl({u"verify-audit"_s, u"--state-dir"_s, m_state}).code, 0);
    sqlite(u"DELETE FROM audit WHERE seq = 4"_s);
    const auto cut = ctl({u"verify-audit"_s, u"--json"_s, u"--state-dir"_s, m_state});
    QCOMPARE(cut.code, 1);
    const auto broken = parsed(cut.out).object()[u"broken"_s].toObject();
    QCOMPARE(broken[u"kind"_s].toString(), u"cut_off"_s);
    QCOMPARE(broken[u"seq"_s].toInt(), 4);
}

/// A process that ends at once is started again: that is told, with its call and why it was done.
void TestSystemAudit::whatTheEngineDidIsInIt()
{
    const QString state = m_dir.filePath(u"acted"_s);
    const QString config = file(u"failing.yaml"_s, configOf(R"(
      command: [/bin/false])"));
    const auto run = ctl({u"run"_s, u"--for"_s, u"3"_s, u"--config"_s, config, u"--state-dir"_s, state});
    QVERIFY2(run.code == 0, qPrintable(run.out + run.err));
    const auto reader = StoreReader::open(state);
    QVERIFY(reader);
    QList<AuditRecord> actions = *(*reader)->audit(0);
    actions.removeIf([](const AuditRecord &record) { return record.verb != u"action"; });
    QVERIFY2(!actions.isEmpty(), qPrintable(run.out));
    QCOMPARE(actions.first().actor, u"engine"_s);
    const QString &detail = actions.first().detail;
    QVERIFY2(detail.contains(u"/bin/false") && detail.contains(u"; allowed"), qPrintable(detail));
    IncidentQuery query;
    query.idPrefix = actions.first().subject;
    QCOMPARE((*reader)->incidents(query)->size(), 1);
    qInfo().noquote() << detail;
    QCOMPARE(ctl({u"verify-audit"_s, u"--state-dir"_s, state}).code, 0);
}

void TestSystemAudit::withoutAStoreThereIsNoAnswer()
{
    const auto answer = ctl({u"verify-audit"_s, u"--state-dir"_s, m_dir.filePath(u"nothing"_s)});
    QCOMPARE(answer.code, 3);
    QVERIFY2(answer.err.contains(u"there is no store"), qPrintable(answer.err));
    const QString garbage = m_dir.filePath(u"garbage"_s);
    QVERIFY(QDir().mkdir(garbage));
    static_cast<void>(file(u"garbage/prunella.db"_s, QByteArray(8192, 'Z')));
    QCOMPARE(ctl({u"verify-audit"_s, u"--state-dir"_s, garbage}).code, 5);
}

void TestSystemAudit::theStepsOfAnAction()
{
    const QString state = m_dir.filePath(u"steps"_s);
    const qint64 at = SystemClock().now().wallMs - 60'000;
    writeStore(state, {writtenIncident(u"aaaa"_s, u"web"_s, at), writtenIncident(u"bbbb"_s, u"web"_s, at)});
    Transaction t;
    const QString id = u"action-of-aaaa"_s;
    JournalIntent intent;
    intent.request.id = id;
    intent.at = at + 1;
    t.intents << intent;
    t.notes << JournalNote{id, JournalNote::Kind::Started, {}, at + 2} << JournalNote{id, JournalNote::Kind::Verified, u"unchanged"_s, at + 4};
    t.outcomes << JournalOutcome{{id, ActionStatus::Completed, FailureKind::None, {}, 0}, at + 3};
    {
        auto writer = StoreWriter::open({state, state}, 30, std::make_shared<SystemClock>());
        QVERIFY(writer);
        (*writer)->commit(t, {});
    }
    const auto list = parsed(ctl({u"actions"_s, u"--json"_s, u"--state-dir"_s, state}).out).array();
    QCOMPARE(list.size(), 2);
    for (const auto &value : list) {
        const auto action = value.toObject();
        if (action[u"id"_s].toString() != id) {
            QVERIFY(action[u"journal"_s].isNull()); // it does not know that one
            continue;
        }
        const auto journal = action[u"journal"_s].toObject();
        QCOMPARE(journal[u"intent_at"_s].toString(), isoTime(at + 1));
        QCOMPARE(journal[u"started_at"_s].toString(), isoTime(at + 2));
        QCOMPARE(journal[u"outcome_at"_s].toString(), isoTime(at + 3));
        QCOMPARE(journal[u"verified_at"_s].toString(), isoTime(at + 4));
        QCOMPARE(journal[u"verdict"_s].toString(), u"unchanged"_s);
        QVERIFY(journal[u"undone_at"_s].isNull() && journal[u"undone_by"_s].isNull());
    }
}

void TestSystemAudit::rightsOfTheCaller()
{
    const auto all = ctl({u"rights"_s, u"--config"_s, m_config});
    QVERIFY2(all.code == 0, qPrintable(all.out + all.err));
    QVERIFY2(all.out.startsWith(u"SERVICE"), qPrintable(all.out));
    const QString bad = file(u"bad.yaml"_s, configOf(R"(
      command: [/bin/sleep, "1000"]
      logs: [{file: /nonexistent/x.log}]
      commands: {tidy: {command: [/nonexistent/tidy]}})"));
    const auto json = ctl({u"rights"_s, u"worker"_s, u"--json"_s, u"--config"_s, bad});
    QCOMPARE(json.code, 1);
    QMap<QString, QString> states;
    for (const auto &value : parsed(json.out).object()[u"rights"_s].toArray()) {
        const auto right = value.toObject();
        QCOMPARE(right[u"service"_s].toString(), u"worker"_s);
        QVERIFY(!right[u"why"_s].toString().isEmpty());
        states[right[u"what"_s].toString()] = right[u"state"_s].toString();
    }
    QCOMPARE(states[u"restart_service"_s], u"permitted"_s);
    QCOMPARE(states[u"run_command"_s], u"refused"_s);
    QCOMPARE(states[u"logs"_s], u"refused"_s);
    QCOMPARE(ctl({u"rights"_s, u"nobody"_s, u"--config"_s, m_config}).code, 2);
    QCOMPARE(ctl({u"rights"_s, u"--config"_s, u"/nonexistent.yaml"_s}).code, 2);
}

QTEST_GUILESS_MAIN(TestSystemAudit)
#include "tst_system_audit.moc"
