#pragma once
#include <optional>
#include <vector>

namespace prunella {

/// One answer as the arithmetic sees it.
struct AnswerShare {
    double likelihood = 0.9;      ///< P(observed | truth in this subtree)
    std::vector<int> causes;      ///< indices of the causes in this subtree
};

/// Bayes: answer `taken` of a question was observed. `probability` holds one value a cause and sums to 1 before and
/// after. `weaker` replaces the likelihood of every answer (a hint). Arithmetic: README.md here.
void observe(std::vector<double> &probability, const std::vector<AnswerShare> &answers, std::size_t taken,
             std::optional<double> weaker = std::nullopt);

/// The sum over some causes.
[[nodiscard]] double massOf(const std::vector<double> &probability, const std::vector<int> &causes);

} // namespace prunella
