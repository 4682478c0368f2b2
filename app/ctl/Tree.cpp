#include "app/ctl/Tree.h"

#include "app/ctl/Common.h"
#include "app/ctl/PatternLines.h"

namespace prunella::ctl {
namespace {

QString bold(const QString &text)
{
    return useColour() ? QStringLiteral("\x1b[1m%1\x1b[0m").arg(text) : text;
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(share * 100, 0, 'f', 0);
}

/// "93 %", or "50 % -> 93 %" where an answer moved it.
QString confidence(const DiagnosisNode &node)
{
    const QString after = percent(node.confidence), before = percent(node.confidenceBefore);
    return before == after ? after : before + QStringLiteral(" -> ") + after;
}

int causesBelow(const DiagnosisNode &node)
{
    int causes = node.children.isEmpty() ? 1 : 0;
    for (const DiagnosisNode &child : node.children)
        causes += causesBelow(child);
    return causes;
}

/// "6 causes, ruled out by: systemd's result is signal"; of a question that was not reached it says so.
QString leftOut(const DiagnosisNode &node)
{
    const DiagnosisNode *leaf = &node;
    while (!leaf->children.isEmpty())
        leaf = &leaf->children.first();
    const int causes = causesBelow(node);
    const QString what = causes == 1 ? QString() : QStringLiteral("%1 causes, ").arg(causes);
    return what + (leaf->evidence.isEmpty() ? QStringLiteral("not looked at") : QStringLiteral("ruled out by: ") + leaf->evidence.join(QStringLiteral(", ")));
}

struct TreePrint
{
    bool full = false; ///< branches that were not taken, too

    /// One line for a question or a cause, its evidence below, and what follows from it indented.
    void node(const DiagnosisNode &node, const QString &indent, const QString &branch) const
    {
        QString line = indent + branch + (node.held ? QStringLiteral("* ") : QStringLiteral("  ")) + node.node;
        if (!node.answer.isEmpty())
            line += QStringLiteral(" -> ") + node.answer;
        line += QStringLiteral("  (%1)").arg(confidence(node));
        if (node.likelihood > 0)
            line += QStringLiteral(", reliable to %1").arg(percent(node.likelihood));
        print(node.held ? bold(line) : line);
        const QString below = indent + (branch.isEmpty() ? QString() : branch.startsWith(u'└') ? QStringLiteral("   ") : QStringLiteral("│  "));
        if (!node.held && (!full || node.children.isEmpty()))
            return print(below + QStringLiteral("     ") + leftOut(node));
        for (const QString &fact : node.evidence)
            print(below + QStringLiteral("     ") + fact);
        for (int i = 0; i < node.children.size(); ++i)
            this->node(node.children[i], below, i + 1 == node.children.size() ? QStringLiteral("└─ ") : QStringLiteral("├─ "));
    }
};

void printDiagnosis(const Diagnosis &diagnosis, bool full)
{
    print({});
    print(bold(QStringLiteral("Diagnosis (%1 sure)").arg(percent(diagnosis.confidence))));
    print(diagnosis.rootCause);
    if (!diagnosis.advice.isEmpty())
        print(QStringLiteral("  advice: ") + diagnosis.advice);
    const bool tree = !diagnosis.root.children.isEmpty();
    if (!diagnosis.root.node.isEmpty())
        TreePrint{full}.node(diagnosis.root, QStringLiteral("  "), {});
    for (const QString &out : tree ? QList<QString>() : diagnosis.ruledOut) // the tree says it where it was ruled out
        print(QStringLiteral("  ruled out: ") + out);
    for (const QString &event : diagnosis.correlated)
        print(QStringLiteral("  seen with it: ") + event);
    if (!diagnosis.affected.isEmpty())
        print(QStringLiteral("  affected, as they need it: ") + diagnosis.affected.join(QStringLiteral(", ")));
}

/// What fails elsewhere because of it, and what became of that.
void printMembers(const QList<Symptom> &members)
{
    print({});
    print(bold(QStringLiteral("Symptoms")));
    for (const Symptom &member : members) {
        const QString now = !member.splitInto.isEmpty() ? QStringLiteral("became incident %1").arg(member.splitInto)
            : member.clearedAt != 0 ? QStringLiteral("recovered %1").arg(isoTime(member.clearedAt)) : QStringLiteral("fails");
        print(QStringLiteral("  %1: %2").arg(member.condition.component, now));
        print(QStringLiteral("     seen: %1 (%2)").arg(member.reason, isoTime(member.at)));
        print(QStringLiteral("     why: %1").arg(member.why));
        if (!member.mergedFrom.isEmpty())
            print(QStringLiteral("     was incident %1").arg(member.mergedFrom));
    }
}

void printActions(const Incident &incident)
{
    for (const auto &action : incident.actions) {
        print(QStringLiteral("  %1 %2: %3 (attempt %4)").arg(toString(action.type), action.target, toString(action.status)).arg(action.attempt));
        print(QStringLiteral("     why: %1").arg(action.decision.detail));
        print(QStringLiteral("     call: %1").arg(action.call));
        if (!action.approvedBy.isEmpty())
            print(QStringLiteral("     approved by %1").arg(action.approvedBy));
        if (!action.output.isEmpty())
            print(QStringLiteral("     output: %1").arg(action.output));
        if (!action.attachment.isEmpty())
            print(QStringLiteral("     attachment: %1").arg(action.attachment));
        if (action.verdict)
            print(QStringLiteral("     verified: %1, %2").arg(toString(*action.verdict), action.verifyText));
    }
}

} // namespace

void printIncident(const Incident &incident, const QList<IncidentPattern> &patterns, bool full)
{
    print(bold(QStringLiteral("%1  %2 on %3, %4, %5").arg(incident.id, toString(incident.type), incident.component, toString(incident.severity), toString(incident.status))));
    print(incident.summary);
    print(QStringLiteral("began %1, detected %2, resolved %3").arg(isoTime(incident.startedAt), isoTime(incident.detectedAt),
          incident.resolvedAt ? isoTime(incident.resolvedAt) : QStringLiteral("-")));
    for (const QString &line : patternLines(patterns))
        print(line);
    if (incident.feedback) {
        print(QStringLiteral("marked %1 by %2%3").arg(toString(incident.feedback->mark), incident.feedback->by,
              incident.feedback->note.isEmpty() ? QString() : QStringLiteral(": ") + incident.feedback->note));
    }
    if (!incident.mergedInto.isEmpty())
        print(QStringLiteral("it is part of incident %1").arg(incident.mergedInto));
    if (incident.diagnosis)
        printDiagnosis(*incident.diagnosis, full);
    if (!incident.members.isEmpty())
        printMembers(incident.members);
    if (!incident.actions.isEmpty()) {
        print({});
        print(bold(QStringLiteral("Actions")));
        printActions(incident);
    }
    print({});
    print(bold(QStringLiteral("Timeline")));
    for (const auto &entry : incident.timeline)
        print(QStringLiteral("  %1  %2  %3").arg(isoTime(entry.at), toString(entry.status).leftJustified(17), entry.reason));
}

} // namespace prunella::ctl
