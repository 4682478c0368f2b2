#pragma once
// What the root-cause ranking is given, and what it answers: a graph of calls, recorded series of its nodes, one alarm.
#include <QList>
#include <QString>
#include <QStringList>

#include <vector>

namespace prunella {

/// What a metric means to the ranking. Latency in seconds or any other unit of time a request, requests a period, availability as
/// the share of good requests (percent or 0..1): these three are weighed against each other. Other: anything with a worse side.
enum class MetricRole { Latency, Requests, Availability, Other };
enum class WorseWhen { Above, Below, Both };

/// One recorded series of one node. A value that was not measured is NaN, in both periods.
struct CauseSeries {
    int node = -1;                ///< index into CauseInput::nodes
    QString metric, statistic;    ///< as recorded: "latency", "p90"; the statistic may be empty
    MetricRole role = MetricRole::Other;
    WorseWhen worse = WorseWhen::Above;
    std::vector<double> normal;   ///< values of a period without incidents, in any order
    std::vector<double> times;    ///< of the incident's window, ascending, seconds
    std::vector<double> window;   ///< as many as times; rows from before the alarm among them, if there are any
};

/// Edges go from the caller to what it calls or depends on. Edges may come twice, to themselves, and in cycles.
struct CauseCall {
    int caller = -1, callee = -1; ///< indices into CauseInput::nodes
};

struct CauseAlarm {
    int node = -1;                ///< index into CauseInput::nodes; -1: nobody knows where, every node is as near as another
    QString metric, statistic;    ///< of the series that gave the alarm
    double at = 0;                ///< seconds, as in CauseSeries::times; may be a minute late
};

struct CauseInput {
    QStringList nodes;            ///< names; only for output, and for ties between nodes that are alike in everything else
    std::vector<CauseCall> calls;
    std::vector<CauseSeries> series;
    CauseAlarm alarm;
};

struct RankedCause {
    QString node;
    double score = 0;             ///< 0..1, how much of the incident it accounts for; not a probability
    QStringList evidence;         ///< sentences, the weightiest first
};

} // namespace prunella
