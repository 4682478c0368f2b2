#pragma once
// The calls of prunellactl; each returns the exit code.
#include "app/ctl/Common.h"

namespace prunella::ctl {

struct RunOptions { double forSeconds = 0; };
int run(const Options &options, const RunOptions &how);
int checkConfig(const Options &options, const std::string &file);

struct ReadOptions { std::string since = "7d", status, id, at; };
int status(const Options &options);
int incidents(const Options &options, const ReadOptions &what);
int show(const Options &options, const std::string &id, bool full); ///< `full`: with all branches of the diagnosis
/// What would be done for it now, asked of the running engine; nothing is done.
int showPlan(const Options &options, const std::string &id);
/// The one incident whose id begins so.
[[nodiscard]] Result<Incident> findIncident(const Options &options, const std::string &id);
int showAttachment(const Options &options, const std::string &id);  ///< what its actions brought with them, as it is
int actions(const Options &options, const ReadOptions &what);
int metrics(const Options &options);
/// Whether the audit trail is unbroken.
int verifyAudit(const Options &options);
/// What depends on what, now or at a time.
int topology(const Options &options, const std::string &at);

/// What the user who calls may do for each service, or for one.
int rights(const Options &options, const std::string &service);

/// Sends a command to the running engine.
int answer(const Options &options, Command command);

struct DetectOptions { std::string input, output, timeColumn = "timestamp", valueColumn = "value"; };
/// Anomaly scores of recorded series: a CSV file, or all of a directory.
int detect(const DetectOptions &how);

struct PatternOptions { std::string input, output, format = "raw"; };
/// Message templates of a log file.
int patterns(const Options &options, const PatternOptions &how);

struct DiagnoseOptions { std::string topology, normal, window, alarm; };
/// Ranks the root causes of a recorded incident.
int diagnoseRecorded(const Options &options, const DiagnoseOptions &how);

/// Marks an incident, or says that one was missed.
struct FeedbackOptions { std::string id, mark, missed, at, note; };
int feedback(const Options &options, const FeedbackOptions &what);

struct DeploymentOptions { std::string service, version, from; };
/// Tells the running engine that a service has another version now.
int announceDeployment(const Options &options, const DeploymentOptions &what);
/// Deployments, configuration files, packages, kernel.
int changes(const Options &options, const std::string &since);
/// Releases with their health records; `service` empty: of all.
int releases(const Options &options, const std::string &service);

int backtest(const Options &options, const std::string &since);

struct SecretOptions { std::string name, store; };
/// Keeps what stands on stdin, or is typed unseen, under a name; in the desktop's keychain or in a file.
int setSecret(const SecretOptions &what);
int removeSecret(const SecretOptions &what);
/// Names and places, never values.
int listSecrets(const Options &options);

int drill(const Options &options, const std::string &name, bool list);

} // namespace prunella::ctl
