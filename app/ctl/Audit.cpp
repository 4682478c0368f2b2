// Whether the audit trail is as it was written.
#include "app/ctl/Commands.h"
#include "core/engine/EngineOptions.h"
#include "core/store/StoreReader.h"

namespace prunella::ctl {
namespace {

/// 1 is the answer "it is broken"; a store that is not there or cannot be read is another one.
int cannotVerify(const Error &error)
{
    const int code = complain(error);
    return code == AnswerIsNo ? NotRunning : code;
}

} // namespace

int verifyAudit(const Options &options)
{
    const QString stateDir = stateDirectory(qs(options.stateDir));
    auto reader = StoreReader::open(stateDir);
    if (!reader)
        return cannotVerify(reader.error());
    const auto verdict = (*reader)->verifyAudit();
    if (!verdict)
        return cannotVerify(verdict.error());
    const bool whole = verdict->kind == AuditVerdict::Break::None;
    if (options.json) {
        const QJsonObject broken{{QStringLiteral("kind"), toString(verdict->kind)}, {QStringLiteral("seq"), verdict->seq},
                                 {QStringLiteral("text"), verdict->text}};
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("ok"), whole}, {QStringLiteral("records"), verdict->records},
                              {QStringLiteral("since"), verdict->since}, {QStringLiteral("last_seq"), verdict->last.seq},
                              {QStringLiteral("last_hash"), verdict->last.hash},
                              {QStringLiteral("broken"), whole ? QJsonValue() : QJsonValue(broken)}});
    } else if (whole) {
        print(verdict->records == 0 ? QStringLiteral("no records yet")
                                    : QStringLiteral("%1 records, unbroken since %2").arg(verdict->records).arg(verdict->since));
    } else {
        print(QStringLiteral("the audit trail is broken: ") + verdict->text);
    }
    return whole ? Done : AnswerIsNo;
}

} // namespace prunella::ctl
