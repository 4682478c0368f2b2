#include "core/detection/LogLineParser.h"

#include <QJsonDocument>

#include <array>

namespace prunella {
namespace {

constexpr qsizetype kLongestJson = 64 * 1024;
constexpr qsizetype kLevelWithin = 120; ///< bytes of a line; further behind a word is part of the message

struct Word { QByteArrayView text; LineLevel level; };
constexpr std::array kWords{
    Word{"error", LineLevel::Error}, Word{"info", LineLevel::Info}, Word{"warn", LineLevel::Warning}, Word{"warning", LineLevel::Warning},
    Word{"debug", LineLevel::Debug}, Word{"trace", LineLevel::Debug}, Word{"notice", LineLevel::Info}, Word{"information", LineLevel::Info},
    Word{"err", LineLevel::Error}, Word{"fatal", LineLevel::Error}, Word{"critical", LineLevel::Error}, Word{"crit", LineLevel::Error},
    Word{"alert", LineLevel::Error}, Word{"emerg", LineLevel::Error}, Word{"emergency", LineLevel::Error}, Word{"panic", LineLevel::Error},
    Word{"severe", LineLevel::Error}, Word{"verbose", LineLevel::Debug},
};

bool isLetter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool isUpper(QByteArrayView word)
{
    return std::all_of(word.begin(), word.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

/// A small word counts only where it is surely a level: otherwise "no error" would be one.
bool standsAsLevel(QByteArrayView line, qsizetype start, qsizetype end)
{
    const char before = start > 0 ? line[start - 1] : '\0', after = end < line.size() ? line[end] : '\0';
    if ((before == '[' && after == ']') || (before == '<' && after == '>') || (start == 0 && after == ':'))
        return true;
    const QByteArrayView head = line.first(start);
    const auto key = [&](QByteArrayView name) {
        return head.endsWith(name) && (head.size() == name.size() || !isLetter(head[head.size() - name.size() - 1]));
    };
    return key("level=") || key("lvl=") || key("severity=") || key("level=\"");
}

LineLevel levelOfPriority(int priority)
{
    if (priority < 0 || priority > 7)
        return LineLevel::Unknown;
    if (priority <= 3)
        return LineLevel::Error;
    return priority == 4 ? LineLevel::Warning : priority == 7 ? LineLevel::Debug : LineLevel::Info;
}

QByteArrayView trimmedStart(QByteArrayView line)
{
    while (!line.isEmpty() && (line.front() == ' ' || line.front() == '\t'))
        line = line.sliced(1);
    return line;
}

} // namespace

LineLevel levelOfWord(QByteArrayView word)
{
    const auto known = std::find_if(kWords.begin(), kWords.end(), [&](const Word &one) {
        return one.text.size() == word.size() && one.text.compare(word, Qt::CaseInsensitive) == 0;
    });
    return known == kWords.end() ? LineLevel::Unknown : known->level;
}

LineLevel levelOfText(QByteArrayView line)
{
    line = trimmedStart(line);
    const qsizetype most = std::min(line.size(), kLevelWithin);
    for (qsizetype at = 0; at < most;) {
        if (!isLetter(line[at])) {
            ++at;
            continue;
        }
        qsizetype end = at;
        while (end < line.size() && isLetter(line[end]) && end - at < 16)
            ++end;
        const QByteArrayView word = line.sliced(at, end - at);
        const LineLevel level = levelOfWord(word);
        if (level != LineLevel::Unknown && (isUpper(word) || standsAsLevel(line, at, end)))
            return level;
        at = end;
    }
    return LineLevel::Unknown;
}

ParsedLine parseLogLine(QByteArrayView line, int priority)
{
    ParsedLine parsed;
    const QByteArrayView text = trimmedStart(line);
    if (text.startsWith('{') && text.size() <= kLongestJson) {
        const QJsonObject object = QJsonDocument::fromJson(text.toByteArray()).object();
        parsed.access = accessOfJson(object);
        parsed.level = levelOfJson(object);
    } else {
        parsed.access = parseAccessLine(line);
        if (!parsed.access)
            parsed.level = levelOfText(text);
    }
    if (parsed.access)
        parsed.level = LineLevel::Unknown;
    else if (parsed.level == LineLevel::Unknown)
        parsed.level = levelOfPriority(priority);
    return parsed;
}

} // namespace prunella
