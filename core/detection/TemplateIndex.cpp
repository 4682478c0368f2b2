#include "core/detection/TemplateIndex.h"

#include <algorithm>

namespace prunella {

FormIndex::Entry *FormIndex::find(std::uint64_t hash)
{
    Entry *set = &entries_[(hash % kSets) * kWays];
    for (std::size_t i = 0; i < kWays; ++i) {
        if (set[i].hash != hash || set[i].tick == 0) continue;
        set[i].tick = ++tick_;
        return &set[i];
    }
    return nullptr;
}

void FormIndex::insert(std::uint64_t hash, TemplateId id, bool open)
{
    Entry *entry = find(hash);
    if (entry == nullptr) {
        Entry *set = &entries_[(hash % kSets) * kWays];
        entry = std::min_element(set, set + kWays, [](const Entry &a, const Entry &b) { return a.tick < b.tick; });
    }
    *entry = Entry{hash, ++tick_, id, open};
}

void FormIndex::clear()
{
    std::fill(entries_.begin(), entries_.end(), Entry{});
}

SlotIndex::Slot *SlotIndex::find(std::uint64_t hash)
{
    Slot *set = &slots_[(hash % kSets) * kWays];
    for (std::size_t i = 0; i < kWays; ++i) {
        if (set[i].hash != hash || set[i].tick == 0) continue;
        set[i].tick = ++tick_;
        return &set[i];
    }
    return nullptr;
}

SlotIndex::Slot &SlotIndex::add(std::uint64_t hash, const Member &member)
{
    Slot *slot = find(hash);
    if (slot == nullptr) {
        Slot *set = &slots_[(hash % kSets) * kWays];
        slot = std::min_element(set, set + kWays, [](const Slot &a, const Slot &b) { return a.tick < b.tick; });
        *slot = Slot{};
        slot->hash = hash;
        slot->tick = ++tick_;
    }
    const auto end = slot->members.begin() + slot->count;
    const auto same = [&member](const Member &m) { return m.value == member.value; };
    const bool known = std::any_of(slot->members.begin(), end, same);
    if (!known && slot->count < kMaxValues) slot->members[slot->count++] = member;
    return *slot;
}

void SlotIndex::clear()
{
    std::fill(slots_.begin(), slots_.end(), Slot{});
}

} // namespace prunella
