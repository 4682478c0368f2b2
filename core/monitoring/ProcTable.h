#pragma once
#include <QtGlobal>
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

/// What is remembered about each named thing (device, interface) from one reading to the next. The kernel lists them
/// in the same order each time, so finding one is usually one comparison.
template<typename T>
class ProcTable
{
public:
    void beginRound() { ++m_round, m_next = 0; }

    /// The entry of this name, made by `make(name)` when it is new.
    template<typename Make>
    [[nodiscard]] T &entry(std::string_view name, Make make)
    {
        if (m_next >= m_entries.size() || m_entries[m_next].name != name)
            m_next = indexOf(name);
        if (m_next == m_entries.size())
            m_entries.push_back({std::string(name), m_round, make(name)});
        Entry &found = m_entries[m_next++];
        found.round = m_round;
        return found.value;
    }
    /// Forgets what was not seen in this round.
    void endRound()
    {
        std::erase_if(m_entries, [this](const Entry &entry) { return entry.round != m_round; });
    }
    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

private:
    struct Entry {
        std::string name;
        quint64 round;
        T value;
    };
    [[nodiscard]] std::size_t indexOf(std::string_view name) const
    {
        const auto found = std::find_if(m_entries.begin(), m_entries.end(), [name](const Entry &e) { return e.name == name; });
        return std::size_t(found - m_entries.begin());
    }

    std::vector<Entry> m_entries;
    std::size_t m_next = 0;
    quint64 m_round = 0;
};

} // namespace prunella
