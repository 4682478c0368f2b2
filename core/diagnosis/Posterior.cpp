#include "core/diagnosis/Posterior.h"

#include <algorithm>

namespace prunella {

void observe(std::vector<double> &probability, const std::vector<AnswerShare> &answers, std::size_t taken,
             std::optional<double> weaker)
{
    const double count = double(answers.size());
    if (answers.size() < 2 || taken >= answers.size())
        return;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const double likelihood = weaker.value_or(answers[i].likelihood);
        const double observed = i == taken ? likelihood : (1 - likelihood) / (count - 1);
        for (const int cause : answers[i].causes)
            probability[std::size_t(cause)] *= observed * count; // 1 for a cause that the question says nothing about
    }
    double sum = 0;
    for (const double p : probability)
        sum += p;
    if (sum <= 0)
        return;
    std::for_each(probability.begin(), probability.end(), [sum](double &p) { p /= sum; });
}

double massOf(const std::vector<double> &probability, const std::vector<int> &causes)
{
    double mass = 0;
    for (const int cause : causes)
        mass += probability[std::size_t(cause)];
    return mass;
}

} // namespace prunella
