#pragma once
/// @file TemplateIndex.h
/// Two fixed-size, set-associative tables with least-recently-used replacement inside a set: masked lines ("forms") and
/// patterns with one place blanked ("slots"). Fixed size bounds memory and makes eviction O(1) and deterministic.
#include "core/detection/TemplateStore.h"

#include <array>
#include <cstdint>
#include <vector>

namespace prunella {

/// Maps the hash of a masked line to its template.
class FormIndex {
public:
    static constexpr std::size_t kWays = 4;
    static constexpr std::size_t kSets = 16384; ///< 65 536 forms, 1.5 MiB

    struct Entry {
        std::uint64_t hash = 0;
        std::uint64_t tick = 0; ///< 0: empty
        TemplateId id = kNoTemplate;
        bool open = false;      ///< wildcard proven by statistics
    };

    FormIndex() : entries_(kWays * kSets) {}

    /// Entry with this hash, marked as used, or null.
    Entry *find(std::uint64_t hash);

    /// Adds or replaces.
    void insert(std::uint64_t hash, TemplateId id, bool open);
    void clear();
    [[nodiscard]] std::size_t memoryBytes() const { return entries_.capacity() * sizeof(Entry); }

private:
    std::vector<Entry> entries_;
    std::uint64_t tick_ = 0;
};

/// Maps the hash of a pattern with one place blanked to the templates that fit it, and their different values there.
class SlotIndex {
public:
    static constexpr std::size_t kWays = 4;
    static constexpr std::size_t kSets = 8192; ///< 32 768 slots, 5 MiB
    static constexpr std::size_t kMaxValues = 12;

    struct Member {
        std::uint32_t value = 0;
        TemplateId id = kNoTemplate;
        bool chunk = false;
        bool numbered = false;
        bool fixedWord = false;
    };

    struct Slot {
        std::uint64_t hash = 0;
        std::uint64_t tick = 0;
        std::uint32_t count = 0;
        std::array<Member, kMaxValues> members{};
    };

    SlotIndex() : slots_(kWays * kSets) {}

    Slot *find(std::uint64_t hash);

    /// Adds a value (ignored when full or known) and returns the slot.
    Slot &add(std::uint64_t hash, const Member &member);
    void clear();
    [[nodiscard]] std::size_t memoryBytes() const { return slots_.capacity() * sizeof(Slot); }

private:
    std::vector<Slot> slots_;
    std::uint64_t tick_ = 0;
};

/// Words that were seen as a value somewhere (behind '=' or "user"): evidence that they are values elsewhere too.
/// Direct-mapped: a newer word replaces an older one with the same place.
class ValueWords {
public:
    static constexpr std::size_t kPlaces = 8192; ///< 32 KiB

    ValueWords() : places_(kPlaces) {}
    void insert(std::uint32_t hash) { places_[hash % kPlaces] = hash; }
    [[nodiscard]] bool contains(std::uint32_t hash) const { return places_[hash % kPlaces] == hash; }
    [[nodiscard]] std::size_t memoryBytes() const { return places_.capacity() * sizeof(std::uint32_t); }

private:
    std::vector<std::uint32_t> places_;
};

} // namespace prunella
