#pragma once

namespace prunella {

/// How restless a state is, as Icinga 2 reckons it: of the last 20 reports the share that changed the state, newer
/// ones weighing more (0.80 for the oldest to 1.18 for the newest). Flapping begins over 30 %, ends under 25 %.
class Flapping
{
public:
    /// One report: did the state change with it?
    void add(bool changed);
    [[nodiscard]] bool isFlapping() const { return m_flapping; }
    [[nodiscard]] double percent() const;

private:
    static constexpr int size = 20;
    unsigned m_changes = 0; ///< bit 0: the newest report
    bool m_flapping = false;
};

} // namespace prunella
