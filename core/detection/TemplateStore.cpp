#include "core/detection/TemplateStore.h"

#include "core/detection/ByteStream.h"

#include <algorithm>

namespace prunella {

TemplateId TemplateStore::idOf(std::size_t slot) const
{
    return static_cast<TemplateId>((nodes_[slot].generation << kSlotBits) | slot);
}

TemplateId TemplateStore::create(TemplatePattern pattern, std::string_view example, std::int64_t timeMs)
{
    if (free_.empty() && nodes_.size() >= kMaxNodes) evict();
    std::size_t slot = nodes_.size();
    if (!free_.empty()) {
        slot = free_.back();
        free_.pop_back();
    } else {
        nodes_.emplace_back();
    }
    TemplateNode &node = nodes_[slot];
    const std::uint32_t generation = (node.generation + 1) & ((1U << (32 - kSlotBits)) - 1);
    node = TemplateNode{};
    node.generation = generation == 0 ? 1 : generation;
    node.pattern = std::move(pattern);
    node.example.assign(example.substr(0, kMaxExample));
    node.level = levelOf(example);
    node.firstMs = node.lastMs = timeMs;
    node.tick = ++tick_;
    node.used = true;
    return idOf(slot);
}

TemplateId TemplateStore::resolve(TemplateId id) const
{
    for (std::size_t hops = 0; hops <= kMaxNodes; ++hops) {
        const std::size_t slot = slotOf(id);
        if (id == kNoTemplate || slot >= nodes_.size() || !nodes_[slot].used || idOf(slot) != id) return kNoTemplate;
        if (nodes_[slot].parent == kNoTemplate) return id;
        id = nodes_[slot].parent;
    }
    return kNoTemplate;
}

void TemplateStore::touch(TemplateId root, std::uint64_t lines, std::int64_t timeMs)
{
    TemplateNode &n = node(root);
    n.count += lines;
    n.lastMs = std::max(n.lastMs, timeMs);
    n.tick = ++tick_;
}

void TemplateStore::link(TemplateId child, TemplateId root)
{
    TemplateNode &from = node(child);
    TemplateNode &to = node(root);
    to.count += from.count;
    if (from.firstMs < to.firstMs) {
        to.firstMs = from.firstMs;
        to.example = std::move(from.example);
    }
    to.lastMs = std::max(to.lastMs, from.lastMs);
    to.tick = ++tick_;
    to.level = std::max(to.level, from.level);
    from.parent = root;
    from.pattern = TemplatePattern();
    from.example = std::string();
}

std::vector<TemplateId> TemplateStore::roots() const
{
    std::vector<TemplateId> ids;
    for (std::size_t slot = 0; slot < nodes_.size(); ++slot)
        if (nodes_[slot].used && nodes_[slot].parent == kNoTemplate) ids.push_back(idOf(slot));
    return ids;
}

/// Points every alias straight at its root, so that dropping an alias breaks no other one.
void TemplateStore::compressAll()
{
    for (std::size_t slot = 0; slot < nodes_.size(); ++slot) {
        TemplateNode &n = nodes_[slot];
        if (!n.used || n.parent == kNoTemplate) continue;
        const TemplateId root = resolve(n.parent);
        if (root != kNoTemplate) n.parent = root;
    }
}

void TemplateStore::evict()
{
    compressAll();
    std::vector<std::uint64_t> ticks;
    ticks.reserve(nodes_.size());
    for (const auto &n : nodes_) ticks.push_back(n.tick);
    const auto middle = ticks.begin() + static_cast<std::ptrdiff_t>(kMaxNodes / 8);
    std::nth_element(ticks.begin(), middle, ticks.end());
    const std::uint64_t limit = *middle;
    for (std::size_t slot = nodes_.size(); slot-- > 0;) {
        TemplateNode &n = nodes_[slot];
        if (!n.used || n.tick >= limit) continue;
        const std::uint32_t generation = n.generation;
        n = TemplateNode{};
        n.generation = generation;
        free_.push_back(static_cast<std::uint16_t>(slot));
        ++evictions_;
    }
}

std::size_t TemplateStore::memoryBytes() const
{
    std::size_t sum = nodes_.capacity() * sizeof(TemplateNode) + free_.capacity() * sizeof(std::uint16_t);
    for (const auto &n : nodes_) sum += n.pattern.bytes() + n.example.capacity();
    return sum;
}

void TemplateStore::serialize(std::string &out) const
{
    bytes::put(out, nodes_.size(), 2);
    bytes::put(out, tick_, 8);
    const auto alive = [this](const TemplateNode &n) {
        return n.used && (n.parent == kNoTemplate || resolve(n.parent) != kNoTemplate);
    };
    for (const auto &n : nodes_) {
        bytes::put(out, n.generation, 4);
        bytes::put(out, (alive(n) ? 1U : 0U) | (n.open ? 2U : 0U), 1);
        if (!alive(n)) continue;
        bytes::put(out, n.parent == kNoTemplate ? kNoTemplate : resolve(n.parent), 4);
        bytes::put(out, n.tick, 8);
        if (n.parent != kNoTemplate) continue;
        bytes::put(out, n.count, 8);
        bytes::put(out, static_cast<std::uint64_t>(n.firstMs), 8);
        bytes::put(out, static_cast<std::uint64_t>(n.lastMs), 8);
        bytes::put(out, static_cast<std::uint64_t>(n.level), 1);
        bytes::putText(out, n.example);
        bytes::put(out, n.pattern.pieces().size(), 1);
        for (const auto &piece : n.pattern.pieces()) {
            bytes::put(out, piece.hash, 8);
            bytes::put(out, static_cast<std::uint64_t>(piece.kind) | (piece.spaceBefore ? 4U : 0U), 1);
            bytes::putText(out, n.pattern.textOf(piece));
        }
    }
}

bool TemplateStore::restoreNode(std::string_view &in)
{
    std::uint64_t generation = 0, flags = 0, parent = 0, tick = 0, first = 0, last = 0, level = 0, pieces = 0;
    if (!bytes::take(in, generation, 4) || !bytes::take(in, flags, 1) || flags > 3) return false;
    if (generation >> (32 - kSlotBits) || ((flags & 1U) && generation == 0)) return false;
    TemplateNode &n = nodes_.emplace_back();
    n.generation = static_cast<std::uint32_t>(generation);
    n.used = (flags & 1U) != 0;
    n.open = (flags & 2U) != 0;
    if (!n.used) return true;
    if (!bytes::take(in, parent, 4) || !bytes::take(in, tick, 8) || tick > tick_) return false;
    n.parent = static_cast<TemplateId>(parent);
    n.tick = tick;
    if (n.parent != kNoTemplate) return true;
    std::string_view text;
    if (!bytes::take(in, n.count, 8) || !bytes::take(in, first, 8) || !bytes::take(in, last, 8)) return false;
    if (!bytes::take(in, level, 1) || level > static_cast<std::uint64_t>(LogLevel::Critical)) return false;
    if (!bytes::takeText(in, text, kMaxExample) || !bytes::take(in, pieces, 1)) return false;
    n.firstMs = static_cast<std::int64_t>(first);
    n.lastMs = static_cast<std::int64_t>(last);
    n.level = static_cast<LogLevel>(level);
    n.example.assign(text);
    if (pieces > LogTokenizer::kMaxTokens + 1) return false;
    n.pattern.reserve(static_cast<std::size_t>(pieces));
    for (std::uint64_t i = 0; i < pieces; ++i) {
        TemplatePiece piece;
        std::uint64_t bits = 0;
        if (!bytes::take(in, piece.hash, 8) || !bytes::take(in, bits, 1) || bits > 7) return false;
        if (!bytes::takeText(in, text, TemplatePattern::kMaxText)) return false;
        piece.kind = static_cast<TokenKind>(bits & 3U);
        piece.spaceBefore = (bits & 4U) != 0;
        n.pattern.append(piece, text);
    }
    return true;
}

bool TemplateStore::restore(std::string_view &in)
{
    *this = TemplateStore();
    std::uint64_t size = 0;
    bool valid = bytes::take(in, size, 2) && size <= kMaxNodes && bytes::take(in, tick_, 8);
    for (std::uint64_t i = 0; valid && i < size; ++i) valid = restoreNode(in);
    for (const auto &n : nodes_) {
        const TemplateId root = n.used ? n.parent : kNoTemplate;
        valid = valid && (root == kNoTemplate || (resolve(root) == root && node(root).parent == kNoTemplate));
    }
    if (!valid) {
        *this = TemplateStore();
        return false;
    }
    for (std::size_t slot = nodes_.size(); slot-- > 0;)
        if (!nodes_[slot].used) free_.push_back(static_cast<std::uint16_t>(slot));
    return true;
}

} // namespace prunella
