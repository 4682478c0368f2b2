#pragma once
/// @file TemplateStore.h
/// Bounded table of templates with aliases (union-find), eviction and a compact byte form.
#include "core/detection/LogLevel.h"
#include "core/detection/TemplatePattern.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

/// Identifies a template. Ids of merged templates stay valid as aliases; 0 means none (or evicted).
using TemplateId = std::uint32_t;
inline constexpr TemplateId kNoTemplate = 0;

/// One template as kept.
struct TemplateNode {
    TemplatePattern pattern;
    std::string example;       ///< first line, at most TemplateStore::kMaxExample bytes
    std::uint64_t count = 0;
    std::int64_t firstMs = 0;  ///< caller's clock, milliseconds
    std::int64_t lastMs = 0;
    std::uint64_t tick = 0;    ///< order of last use
    TemplateId parent = kNoTemplate; ///< not 0: this is an alias
    std::uint32_t generation = 0;
    LogLevel level = LogLevel::Unknown;
    bool used = false;
    bool open = false;         ///< a wildcard was found by statistics: any word matches there
};

/// Node table. When full, the eighth part that was used least recently (templates and aliases alike) is dropped at
/// once, so that eviction costs O(1) amortized; ids of dropped nodes resolve to kNoTemplate. Deterministic.
class TemplateStore {
public:
    static constexpr std::uint32_t kSlotBits = 13;
    static constexpr std::size_t kMaxNodes = std::size_t{1} << kSlotBits; ///< templates and aliases together
    static constexpr std::size_t kMaxExample = 2048;                      ///< bytes

    /// Adds a template (count 0) and returns its id.
    TemplateId create(TemplatePattern pattern, std::string_view example, std::int64_t timeMs);

    /// Current id behind `id`, or kNoTemplate.
    [[nodiscard]] TemplateId resolve(TemplateId id) const;

    /// Counts `lines` lines of a template that resolve() returned.
    void touch(TemplateId root, std::uint64_t lines, std::int64_t timeMs);

    /// Makes `child` an alias of `root`; both must be resolved and differ.
    void link(TemplateId child, TemplateId root);

    [[nodiscard]] TemplateNode &node(TemplateId id) { return nodes_[slotOf(id)]; }
    [[nodiscard]] const TemplateNode &node(TemplateId id) const { return nodes_[slotOf(id)]; }

    /// Ids of all templates that are not aliases, in order of their slots.
    [[nodiscard]] std::vector<TemplateId> roots() const;
    [[nodiscard]] std::uint64_t evictions() const { return evictions_; }
    [[nodiscard]] std::size_t memoryBytes() const;

    /// Byte form of all templates and aliases.
    void serialize(std::string &out) const;

    /// Replaces the content by what `serialize` wrote; false (and an empty store) if the bytes are not valid.
    bool restore(std::string_view &in);

private:
    [[nodiscard]] static std::size_t slotOf(TemplateId id) { return id & (kMaxNodes - 1); }
    [[nodiscard]] TemplateId idOf(std::size_t slot) const;
    void evict();
    void compressAll();
    bool restoreNode(std::string_view &in);

    std::vector<TemplateNode> nodes_;
    std::vector<std::uint16_t> free_;
    std::uint64_t tick_ = 0;
    std::uint64_t evictions_ = 0;
};

} // namespace prunella
