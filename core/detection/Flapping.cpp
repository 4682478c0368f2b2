#include "core/detection/Flapping.h"

namespace prunella {

void Flapping::add(bool changed)
{
    m_changes = ((m_changes << 1) | (changed ? 1U : 0U)) & ((1U << size) - 1);
    const double now = percent();
    m_flapping = m_flapping ? now >= 25.0 : now > 30.0;
}

double Flapping::percent() const
{
    double weighted = 0;
    for (int age = 0; age < size; ++age) {
        if (m_changes & (1U << age))
            weighted += 0.8 + 0.02 * (size - 1 - age);
    }
    return 100.0 * weighted / size;
}

} // namespace prunella
