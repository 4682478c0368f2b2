// prunellactl: the engine without a window, and answers to a running one.
#include "app/ctl/Commands.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>

using namespace prunella;
using namespace prunella::ctl;

namespace {

void addCommon(CLI::App *call, Options &options, bool config)
{
    call->add_option("--state-dir", options.stateDir, "State directory of the engine");
    call->add_flag("--json", options.json, "Print JSON");
    if (config) {
        call->add_option("--config", options.config, "Configuration file instead of the usual ones");
        call->add_option("--environment", options.environment, "Environment of the configuration");
    }
}

struct Calls {
    Options options;
    RunOptions run;
    ReadOptions read;
    DetectOptions detect;
    PatternOptions patterns;
    DiagnoseOptions diagnose;
    FeedbackOptions feedback;
    DeploymentOptions deployment;
    SecretOptions secret;
    std::string changesSince = "24h";
    std::string file, id, actionId, reason, target, duration, drillName;
    bool list = false, full = false, plan = false, attachment = false;
    int result = Done;
};

void addEngineCalls(CLI::App &app, Calls &calls)
{
    auto *run = app.add_subcommand("run", "Run the engine in the foreground");
    addCommon(run, calls.options, true);
    run->add_option("--for", calls.run.forSeconds, "Stop after so many seconds")->check(CLI::PositiveNumber);
    run->callback([&calls] { calls.result = ctl::run(calls.options, calls.run); });

    auto *check = app.add_subcommand("check-config", "Check a configuration file");
    check->add_option("file", calls.file, "The file")->required();
    check->add_option("--environment", calls.options.environment, "Environment of the configuration");
    check->add_flag("--json", calls.options.json, "Print JSON");
    check->callback([&calls] { calls.result = checkConfig(calls.options, calls.file); });

    auto *drill = app.add_subcommand("drill", "Break something of our own and watch it heal");
    drill->add_option("name", calls.drillName, "Name of the drill");
    drill->add_flag("--list", calls.list, "List the drills");
    drill->add_flag("--json", calls.options.json, "Print JSON");
    drill->callback([&calls] { calls.result = ctl::drill(calls.options, calls.drillName, calls.list); });
}

void addReadingCalls(CLI::App &app, Calls &calls)
{
    auto *status = app.add_subcommand("status", "Health, components, figures");
    addCommon(status, calls.options, false);
    status->callback([&calls] { calls.result = ctl::status(calls.options); });

    auto *incidents = app.add_subcommand("incidents", "List incidents");
    addCommon(incidents, calls.options, false);
    incidents->add_option("--since", calls.read.since, "How far back, for example 12h or 7d");
    incidents->add_option("--status", calls.read.status, "Only those in this status");
    incidents->callback([&calls] { calls.result = ctl::incidents(calls.options, calls.read); });

    auto *show = app.add_subcommand("show", "One incident with its diagnosis and actions");
    addCommon(show, calls.options, false);
    show->add_option("id", calls.id, "Its id, or the beginning of it")->required();
    show->add_flag("--full", calls.full, "With the branches of the diagnosis that were not taken");
    show->add_flag("--plan", calls.plan, "What would be done for it now, with the exact calls; nothing is done");
    show->add_flag("--attachment", calls.attachment, "Print what its actions attached (the snapshot of enable_monitoring) instead");
    show->callback([&calls] {
        calls.result = calls.plan         ? ctl::showPlan(calls.options, calls.id)
                       : calls.attachment ? ctl::showAttachment(calls.options, calls.id)
                                          : ctl::show(calls.options, calls.id, calls.full);
    });

    auto *actions = app.add_subcommand("actions", "List recovery actions");
    addCommon(actions, calls.options, false);
    actions->add_option("--since", calls.read.since, "How far back, for example 12h or 7d");
    actions->callback([&calls] { calls.result = ctl::actions(calls.options, calls.read); });

    auto *metrics = app.add_subcommand("metrics", "The newest value of every metric");
    addCommon(metrics, calls.options, false);
    metrics->callback([&calls] { calls.result = ctl::metrics(calls.options); });

    auto *topology = app.add_subcommand("topology", "What depends on what, as declared and as seen");
    addCommon(topology, calls.options, false);
    topology->add_option("--at", calls.read.at, "As it was then: ISO 8601, for example 2026-11-23T20:15:00Z, or how long ago, for example 2h");
    topology->callback([&calls] { calls.result = ctl::topology(calls.options, calls.read.at); });
}

void addCheckingCalls(CLI::App &app, Calls &calls)
{
    auto *audit = app.add_subcommand("verify-audit", "Check that the audit trail is as it was written");
    addCommon(audit, calls.options, false);
    audit->callback([&calls] { calls.result = ctl::verifyAudit(calls.options); });

    auto *rights = app.add_subcommand("rights", "What you may do for each service, and why not");
    rights->add_option("service", calls.target, "The service; without it, all of them");
    rights->add_option("--config", calls.options.config, "Configuration file instead of the usual ones");
    rights->add_option("--environment", calls.options.environment, "Environment of the configuration");
    rights->add_flag("--json", calls.options.json, "Print JSON");
    rights->callback([&calls] { calls.result = ctl::rights(calls.options, calls.target); });
}

/// Recorded data through the live detectors.
void addRecordedCalls(CLI::App &app, Calls &calls)
{
    auto *detect = app.add_subcommand("detect", "Score recorded series for anomalies, in one pass");
    detect->add_option("--input", calls.detect.input, "CSV file, or a directory of them")->required();
    detect->add_option("--output", calls.detect.output, "CSV file, or directory; same relative paths")->required();
    detect->add_option("--time-column", calls.detect.timeColumn, "Column of the time");
    detect->add_option("--value-column", calls.detect.valueColumn, "Column of the value");
    detect->callback([&calls] { calls.result = ctl::detect(calls.detect); });

    auto *patterns = app.add_subcommand("patterns", "Find the message templates of a log file");
    patterns->add_option("--input", calls.patterns.input, "The log file")->required();
    patterns->add_option("--output", calls.patterns.output, "CSV with LineId,cluster_id");
    patterns->add_option("--format", calls.patterns.format, "raw: lines with time, host, level; message: the message alone")
        ->check(CLI::IsMember({"raw", "message"}));
    patterns->add_flag("--json", calls.options.json, "Print the templates with their counts");
    patterns->callback([&calls] { calls.result = ctl::patterns(calls.options, calls.patterns); });

    auto *diagnose = app.add_subcommand("diagnose", "Rank the root causes of a recorded incident");
    diagnose->add_option("--topology", calls.diagnose.topology, "CSV of calls: header caller,callee, or an adjacency matrix")->required();
    diagnose->add_option("--normal", calls.diagnose.normal, "CSV of metrics of a period without incidents")->required();
    diagnose->add_option("--window", calls.diagnose.window, "CSV of metrics around the alarm")->required();
    diagnose->add_option("--alarm", calls.diagnose.alarm, "JSON with node, metric, agg and timestamp of the alarm")->required();
    diagnose->add_flag("--json", calls.options.json, "Print JSON");
    diagnose->callback([&calls] { calls.result = diagnoseRecorded(calls.options, calls.diagnose); });
}

void addIncidentCall(CLI::App &app, Calls &calls, const char *name, const char *help, CommandKind kind)
{
    auto *call = app.add_subcommand(name, help);
    addCommon(call, calls.options, false);
    call->add_option("id", calls.id, "The incident's id, or the beginning of it")->required();
    if (kind == CommandKind::Approve)
        call->add_option("--action", calls.actionId, "Approve only if this is still the proposed action");
    if (kind == CommandKind::Reject)
        call->add_option("--reason", calls.reason, "Why not")->required();
    call->callback([&calls, kind] {
        Command command;
        command.kind = kind;
        command.incidentId = qs(calls.id);
        command.actionId = qs(calls.actionId);
        command.text = qs(calls.reason);
        if (kind == CommandKind::Acknowledge && calls.id == "store")
            command.kind = CommandKind::AcknowledgeStore;
        calls.result = answer(calls.options, command);
    });
}

void addAnsweringCalls(CLI::App &app, Calls &calls)
{
    addIncidentCall(app, calls, "approve", "Approve the proposed action of an incident", CommandKind::Approve);
    addIncidentCall(app, calls, "reject", "Reject the proposed action of an incident", CommandKind::Reject);
    addIncidentCall(app, calls, "acknowledge", "Take note of an incident (or of `store`, after a damaged database)", CommandKind::Acknowledge);
    addIncidentCall(app, calls, "resolve", "Close an incident by hand", CommandKind::Resolve);
    for (const bool pause : {true, false}) {
        auto *call = app.add_subcommand(pause ? "pause" : "resume", pause ? "Stop automation for a service, or all of it" : "Let automation go on");
        addCommon(call, calls.options, false);
        call->add_option("target", calls.target, "The service; without it, everything");
        if (pause)
            call->add_option("--for", calls.duration, "How long, for example 1h; without it, until resumed");
        call->callback([&calls, pause] {
            Command command;
            command.kind = pause ? CommandKind::Pause : CommandKind::Resume;
            command.target = qs(calls.target);
            const auto duration = calls.duration.empty() ? std::optional<qint64>(0) : parseDuration(calls.duration);
            if (!duration) {
                calls.result = complain({ErrorCode::Invalid, QStringLiteral("--for %1 is no duration; expected for example 30s, 10m, 1h").arg(qs(calls.duration))});
                return;
            }
            command.durationMs = *duration;
            calls.result = answer(calls.options, command);
        });
    }
}

void addJudgingCalls(CLI::App &app, Calls &calls)
{
    auto *backtest = app.add_subcommand("backtest", "Replay the stored history with another configuration and compare with what happened");
    addCommon(backtest, calls.options, true);
    backtest->add_option("--since", calls.read.since, "How far back from the newest that is stored, for example 12h or 7d");
    backtest->callback([&calls] { calls.result = ctl::backtest(calls.options, calls.read.since); });

    auto *feedback = app.add_subcommand("feedback", "Say that an incident was a false alarm or real, or that one was missed");
    addCommon(feedback, calls.options, false);
    feedback->add_option("id", calls.feedback.id, "The incident's id, or the beginning of it");
    feedback->add_option("mark", calls.feedback.mark, "false-alarm or real");
    feedback->add_option("--missed", calls.feedback.missed, "The component that had a fault which was not seen");
    feedback->add_option("--at", calls.feedback.at, "When it was missed: ISO 8601, for example 2026-11-23T20:15:00Z, or how long ago, for example 2h");
    feedback->add_option("--note", calls.feedback.note, "Why");
    feedback->callback([&calls] { calls.result = ctl::feedback(calls.options, calls.feedback); });
}

void addChangeCalls(CLI::App &app, Calls &calls)
{
    auto *announce = app.add_subcommand("announce-deployment", "Tell the engine that a service has another version now");
    addCommon(announce, calls.options, true);
    announce->add_option("service", calls.deployment.service, "The service's name in the configuration")->required();
    announce->add_option("version", calls.deployment.version, "The version that runs now")->required();
    announce->add_option("--from", calls.deployment.from, "The version before; without it, the one announced last");
    announce->callback([&calls] { calls.result = ctl::announceDeployment(calls.options, calls.deployment); });

    auto *changes = app.add_subcommand("changes", "List what was changed: deployments, configuration files, packages, kernel");
    addCommon(changes, calls.options, false);
    changes->add_option("--since", calls.changesSince, "How far back, for example 12h or 7d");
    changes->callback([&calls] { calls.result = ctl::changes(calls.options, calls.changesSince); });

    auto *releases = app.add_subcommand("releases", "List the releases of services: since when, how long healthy, good or failed, which one is in place");
    addCommon(releases, calls.options, true);
    releases->add_option("service", calls.target, "Only of this service");
    releases->callback([&calls] { calls.result = ctl::releases(calls.options, calls.target); });
}

void addSecretCalls(CLI::App &app, Calls &calls)
{
    auto *secret = app.add_subcommand("secret", "Keep the secrets that channels name: in the keychain or in a file of mode 0600");
    secret->require_subcommand(1);
    auto *set = secret->add_subcommand("set", "Keep one; its value comes from stdin, or is typed unseen");
    set->add_option("name", calls.secret.name, "The name that the configuration uses")->required();
    set->add_option("--store", calls.secret.store, "Where: keychain or file; without it, the keychain when there is one")
        ->check(CLI::IsMember({"keychain", "file"}));
    set->callback([&calls] { calls.result = setSecret(calls.secret); });
    auto *remove = secret->add_subcommand("remove", "Forget one, wherever it is");
    remove->add_option("name", calls.secret.name, "Its name")->required();
    remove->callback([&calls] { calls.result = removeSecret(calls.secret); });
    auto *list = secret->add_subcommand("list", "Names and where they are kept");
    list->add_flag("--json", calls.options.json, "Print JSON");
    list->callback([&calls] { calls.result = listSecrets(calls.options); });
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("prunellactl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(PRUNELLA_VERSION));
    CLI::App app("Prunella: watches services, finds out what is wrong, and repairs it", "prunellactl");
    app.set_version_flag("--version", PRUNELLA_VERSION);
    app.require_subcommand(1);
    Calls calls;
    addEngineCalls(app, calls);
    addReadingCalls(app, calls);
    addCheckingCalls(app, calls);
    addRecordedCalls(app, calls);
    addAnsweringCalls(app, calls);
    addJudgingCalls(app, calls);
    addChangeCalls(app, calls);
    addSecretCalls(app, calls);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        return app.exit(error) == 0 ? Done : WrongCall;
    }
    return calls.result;
}
