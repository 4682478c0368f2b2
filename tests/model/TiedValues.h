#pragma once
// Every field of the values that travel, as a tuple: filled at random and compared without naming any of them twice.
// A structured binding names all members, so a new field breaks the build here until it is taken into account.
#include "core/model/Incident.h"
#include "core/model/Pattern.h"
#include "core/model/StoreQueries.h"

#include <tuple>

namespace prunella::test {

#define PRUNELLA_TIED(Type, ...) \
    template<typename T> \
        requires std::same_as<std::remove_const_t<T>, Type> \
    auto tied(T &value) \
    { \
        auto &[__VA_ARGS__] = value; \
        return std::tie(__VA_ARGS__); \
    }

PRUNELLA_TIED(SeriesKey, a, b)
PRUNELLA_TIED(Condition, a, b, c, d)
PRUNELLA_TIED(TimelineEntry, a, b, c)
PRUNELLA_TIED(RecoveryDecision, a, b, c, d)
PRUNELLA_TIED(Approval, a, b, c)
PRUNELLA_TIED(ApprovalRequest, a, b, c, d, e, f, g, h, i, j, k, l)
PRUNELLA_TIED(EscalationState, a, b, c, d)
PRUNELLA_TIED(DiagnosisNode, a, b, c, d, e, f, g, h, i, j)
PRUNELLA_TIED(Diagnosis, a, b, c, d, e, f, g, h, i, j, k, l)
PRUNELLA_TIED(ActionRequest, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w)
PRUNELLA_TIED(ActionResult, a, b, c, d, e, f)
PRUNELLA_TIED(RecoveryActionRecord, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, z1)
PRUNELLA_TIED(IncidentPattern, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v)
PRUNELLA_TIED(Feedback, a, b, c, d)
PRUNELLA_TIED(Symptom, a, b, c, d, e, f, g, h, i)
PRUNELLA_TIED(Incident, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, z1, z2)
#undef PRUNELLA_TIED

template<typename T>
concept Tied = requires(T &value) { tied(value); };

template<typename T>
[[nodiscard]] bool same(const T &a, const T &b)
{
    if constexpr (Tied<const T>) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto left = tied(a);
            const auto right = tied(b);
            return (same(std::get<I>(left), std::get<I>(right)) && ...);
        }(std::make_index_sequence<std::tuple_size_v<decltype(tied(a))>>());
    } else if constexpr (requires { a.has_value(); *a; }) {
        return a.has_value() == b.has_value() && (!a || same(*a, *b));
    } else if constexpr (requires { a.begin(); a.at(0); } && !std::same_as<T, QString>) {
        return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto &x, const auto &y) { return same(x, y); });
    } else {
        return a == b;
    }
}

} // namespace prunella::test
