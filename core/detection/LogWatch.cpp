#include "core/detection/LogWatch.h"

#include "core/detection/LogLevel.h"

namespace prunella {
namespace {

constexpr qint64 notableMs = 300'000;
constexpr std::size_t mostNotable = 8;
constexpr double forget = 1.0 / 30; ///< weight of a new minute in the usual rate: about half an hour is remembered

QString keyOf(const LogLine &line)
{
    return line.component + u' ' + line.source;
}

QString keyOf(const Condition &condition)
{
    return condition.component + u' ' + condition.series.labels.value(QStringLiteral("source"));
}

bool isError(const LogLine &line)
{
    constexpr int errorPriority = 3;
    if (line.priority >= 0)
        return line.priority <= errorPriority;
    return levelOf(std::string_view(line.text.constData(), std::size_t(line.text.size()))) >= LogLevel::Error;
}

QString shortened(const std::string &text)
{
    constexpr qsizetype most = 160;
    const QString whole = QString::fromUtf8(QByteArrayView(text.data(), qsizetype(text.size())));
    return whole.size() > most ? whole.left(most - 1) + QChar(u'…') : whole;
}

} // namespace

LogWatch::Source *LogWatch::sourceOf(const LogLine &line)
{
    const QString key = keyOf(line);
    const auto known = m_sources.find(key);
    if (known != m_sources.end())
        return known->second.get();
    if (m_sources.size() >= maxSources)
        return nullptr;
    const bool journal = line.source == QStringLiteral("journal"); // journald keeps the header apart
    auto source = std::make_unique<Source>(journal ? LineFormat::Message : LineFormat::Raw);
    const QByteArray bytes = m_saved.take(key);
    source->warm = !bytes.isEmpty() && source->miner.restore(std::string_view(bytes.constData(), std::size_t(bytes.size())));
    if (const auto adopted = m_adopted.extract(key)) {
        source->burst = true;
        source->lastBurstMs = adopted.mapped();
    }
    return m_sources.emplace(key, std::move(source)).first->second.get();
}

std::vector<ErrorEvent> LogWatch::feed(const LogLine &line)
{
    std::vector<ErrorEvent> events;
    Source *source = sourceOf(line);
    if (!source)
        return events;
    if (source->firstMs < 0)
        source->firstMs = source->minuteStart = line.monotonicMs;
    closeMinutes(*source, line.monotonicMs);
    const TemplateId id = source->miner.add(std::string_view(line.text.constData(), std::size_t(line.text.size())), line.wallMs);
    if (id != kNoTemplate)
        judgeTemplate(*source, source->miner.resolve(id), line, events);
    if (isError(line))
        judgeErrors(*source, line, events);
    return events;
}

void LogWatch::closeMinutes(Source &source, qint64 monotonicMs)
{
    while (source.minuteStart >= 0 && monotonicMs - source.minuteStart >= minuteMs) {
        const qint64 passed = (monotonicMs - source.minuteStart) / minuteMs;
        const double weight = source.minutes == 0 ? 1 : std::max(forget, 1.0 / (source.minutes + 1));
        const auto close = [&](Rate &rate) {
            rate.usual += weight * (rate.now - rate.usual);
            rate.now = 0;
            rate.told = false;
        };
        for (auto &[id, rate] : source.rates)
            close(rate);
        close(source.errors);
        std::erase_if(source.rates, [](const auto &entry) { return entry.second.usual < 0.01; });
        ++source.minutes;
        source.minuteStart += minuteMs;
        constexpr qint64 mostAtOnce = 60; // a log that was silent for long: its rates are all but forgotten anyway
        if (passed > mostAtOnce) {
            source.rates.clear();
            source.errors = {};
            source.minuteStart = monotonicMs;
        }
    }
}

void LogWatch::judgeTemplate(Source &source, TemplateId id, const LogLine &line, std::vector<ErrorEvent> &events)
{
    constexpr std::size_t mostRates = 2 * TemplateStore::kMaxNodes;
    if (source.rates.size() >= mostRates) // a flood of different lines: the miner has forgotten most of them
        std::erase_if(source.rates, [&source](const auto &entry) { return source.miner.resolve(entry.first) != entry.first; });
    Rate &rate = source.rates[id];
    ++rate.now;
    const bool warm = source.warm || (source.miner.lines() > warmLines && line.monotonicMs - source.firstMs > warmMs);
    const bool sudden = source.minutes >= surgeAfterMinutes && rate.now >= surgeLines && rate.now > burstFactor * (rate.usual + 1);
    if (!warm || rate.told || (rate.now > 1 && !sudden))
        return;
    const auto info = source.miner.info(id);
    if (!info || (info->count > 1 && !sudden))
        return;
    rate.told = true;
    const QString text = shortened(info->text);
    const QString reason = sudden ? QStringLiteral("\"%1\" %2 times within a minute, usually %3 times").arg(text).arg(rate.now).arg(rate.usual, 0, 'f', 1)
                                  : QStringLiteral("never seen before in its log: \"%1\"").arg(text);
    note(line.component, line.wallMs, text);
    events.push_back(event(line, sudden ? QStringLiteral("log_rate") : QStringLiteral("log_template"), reason));
    events.back().opens = false;
}

void LogWatch::judgeErrors(Source &source, const LogLine &line, std::vector<ErrorEvent> &events)
{
    ++source.errors.now;
    const bool burst = source.errors.now >= burstErrors && source.errors.now > burstFactor * source.errors.usual;
    if (!burst)
        return;
    source.lastBurstMs = line.monotonicMs;
    if (std::exchange(source.burst, true))
        return;
    const QString example = shortened(line.text.left(maxLogLineBytes).toStdString());
    note(line.component, line.wallMs, example);
    events.push_back(event(line, QStringLiteral("log_errors"),
                           QStringLiteral("%1 error lines within a minute, usually %2; for example: %3").arg(source.errors.now)
                               .arg(source.errors.usual, 0, 'f', 1).arg(example)));
}

ErrorEvent LogWatch::event(const LogLine &line, const QString &metric, const QString &reason)
{
    ErrorEvent event;
    event.condition = Condition{ConditionKind::LogPattern, line.component, {metric, {{QStringLiteral("source"), line.source}}}, -1};
    event.type = ErrorType::Unknown;
    event.severity = Severity::Low;
    event.reason = reason;
    event.startedWallMs = event.wallMs = line.wallMs;
    event.monotonicMs = line.monotonicMs;
    return event;
}

std::vector<ErrorEvent> LogWatch::tick(const Now &now)
{
    constexpr qint64 quietMs = 5 * minuteMs;
    std::vector<ErrorEvent> events;
    for (auto &[key, source] : m_sources) {
        closeMinutes(*source, now.monotonicMs);
        if (!source->burst || now.monotonicMs - source->lastBurstMs < quietMs)
            continue;
        source->burst = false;
        events.push_back(over(key, now));
    }
    std::erase_if(m_adopted, [&](const auto &adopted) {
        if (now.monotonicMs - adopted.second < quietMs)
            return false;
        events.push_back(over(adopted.first, now));
        return true;
    });
    return events;
}

ErrorEvent LogWatch::over(const QString &key, const Now &now)
{
    LogLine line;
    line.component = key.section(u' ', 0, 0);
    line.source = key.section(u' ', 1);
    line.wallMs = now.wallMs;
    line.monotonicMs = now.monotonicMs;
    ErrorEvent over = event(line, QStringLiteral("log_errors"), QStringLiteral("no more bursts of errors in its log for 5 min"));
    over.cleared = true;
    return over;
}

void LogWatch::adopt(const Condition &open, const Now &now)
{
    if (open.kind == ConditionKind::LogPattern)
        m_adopted.emplace(keyOf(open), now.monotonicMs);
}

std::vector<ErrorEvent> LogWatch::clear(const Now &now)
{
    constexpr qint64 longAgo = 3'600'000;
    for (auto &[key, source] : m_sources)
        source->lastBurstMs = now.monotonicMs - longAgo;
    for (auto &[key, since] : m_adopted)
        since = now.monotonicMs - longAgo;
    auto events = tick(now);
    m_sources.clear();
    m_components.clear();
    return events;
}

bool LogWatch::holds(const Condition &condition) const
{
    const auto it = m_sources.find(keyOf(condition));
    const bool bursts = it == m_sources.end() ? m_adopted.contains(keyOf(condition)) : it->second->burst;
    return condition.kind == ConditionKind::LogPattern && bursts;
}

void LogWatch::note(const QString &component, qint64 wallMs, const QString &text)
{
    auto &notable = m_components[component].notable;
    notable.push_back({wallMs, text});
    while (notable.size() > mostNotable)
        notable.pop_front();
}

QStringList LogWatch::notable(const QString &component, qint64 wallMs) const
{
    QStringList texts;
    const auto it = m_components.find(component);
    for (const Notable &entry : it == m_components.end() ? std::deque<Notable>() : it->second.notable) {
        if (wallMs - entry.wallMs <= notableMs)
            texts.append(entry.text);
    }
    return texts;
}

QMap<QString, QByteArray> LogWatch::save() const
{
    QMap<QString, QByteArray> saved = m_saved;
    for (const auto &[key, source] : m_sources) {
        const std::string bytes = source->miner.serialize();
        saved.insert(key, QByteArray(bytes.data(), qsizetype(bytes.size())));
    }
    return saved;
}

void LogWatch::restore(const QMap<QString, QByteArray> &saved)
{
    m_saved = saved;
}

} // namespace prunella
