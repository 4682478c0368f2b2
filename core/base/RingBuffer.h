#pragma once
#include <cstddef>
#include <vector>

namespace prunella {

/// The newest `capacity` values, oldest first. Constant memory, O(1) push.
template<typename T>
class RingBuffer
{
public:
    explicit RingBuffer(std::size_t capacity) : m_capacity(capacity) { m_values.reserve(capacity); }

    void push(T value)
    {
        if (m_values.size() < m_capacity) {
            m_values.push_back(std::move(value));
            return;
        }
        m_values[m_start] = std::move(value);
        m_start = (m_start + 1) % m_capacity;
    }
    [[nodiscard]] std::size_t size() const { return m_values.size(); }
    [[nodiscard]] bool empty() const { return m_values.empty(); }
    [[nodiscard]] std::size_t capacity() const { return m_capacity; }
    /// index 0 is the oldest
    [[nodiscard]] const T &operator[](std::size_t index) const { return m_values[(m_start + index) % m_values.size()]; }
    [[nodiscard]] const T &front() const { return (*this)[0]; }
    [[nodiscard]] const T &back() const { return (*this)[size() - 1]; }
    void clear()
    {
        m_values.clear();
        m_start = 0;
    }

private:
    std::size_t m_capacity;
    std::size_t m_start = 0;
    std::vector<T> m_values;
};

} // namespace prunella
