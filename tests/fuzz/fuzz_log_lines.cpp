// The splitter of log lines: the same lines whatever the chunks, and bounded memory. The input's first byte chooses the
// chunk sizes, the rest is the log; a byte 0xF5 (never in UTF-8) stands for 1000 of the byte before it, so that long lines come
// out of short inputs.
#include "core/monitoring/LogPosition.h"

#include <cstdlib>

using namespace prunella;

namespace {

struct Line {
    QByteArray text;
    bool truncated = false;
    bool operator==(const Line &) const = default;
};

void require(bool holds)
{
    if (!holds)
        std::abort();
}

QByteArray unpack(QByteArrayView input)
{
    constexpr qsizetype most = 30'000;
    QByteArray log;
    for (const char byte : input) {
        if (byte == '\xf5' && !log.isEmpty() && log.size() < most)
            log.append(1000, log.back());
        else
            log.append(byte);
    }
    return log;
}

/// The definition, written down in the plainest way.
QList<Line> expected(const QByteArray &log)
{
    QList<Line> lines;
    QByteArrayList texts = log.split('\n');
    const QByteArray unfinished = texts.takeLast();
    for (QByteArray text : std::as_const(texts)) {
        if (text.endsWith('\r'))
            text.chop(1);
        lines.append({text.left(maxLogLineBytes), text.size() > maxLogLineBytes});
    }
    const bool mayEnd = unfinished.size() == maxLogLineBytes + 1 && unfinished.endsWith('\r');
    if (unfinished.size() > maxLogLineBytes && !mayEnd)
        lines.append({unfinished.left(maxLogLineBytes), true});
    return lines;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    quint32 random = data[0];
    const QByteArray log = unpack(QByteArrayView(reinterpret_cast<const char *>(data) + 1, qsizetype(size) - 1));
    QList<Line> lines;
    const auto sink = [&lines](QByteArray text, bool truncated) { lines.append({std::move(text), truncated}); };
    LogSplitter splitter;
    int takeovers = 0;
    for (qsizetype at = 0; at < log.size();) {
        random = random * 1664525 + 1013904223;
        const qsizetype chunk = std::min<qsizetype>(1 + (random >> 16) % (random & 0x8000 ? 10'000 : 300), log.size() - at);
        splitter.feed(QByteArrayView(log).sliced(at, chunk), sink);
        require(splitter.pending() <= maxLogLineBytes + 1);
        at += chunk;
        // A reader that takes over here goes back to the start of what is held, and comes to the same.
        if (random % 7 == 0 && ++takeovers < 20) {
            at -= splitter.pending();
            splitter.reset(splitter.state());
        }
    }
    require(lines == expected(log));
    splitter.flush(sink);
    require(splitter.pending() == 0);
    (void)logPositionsFrom(QString::fromUtf8(log)); // a damaged state entry is no reason to fall
    return 0;
}
