#pragma once
// Every field of the values that travel, as a tuple: filled at random and compared without naming any of them twice.
// A structured binding names all members, so a new field breaks the build here until it is taken into account.
#include "core/model/Incident.h"
#include "core/model/StoreQueries.h"

#include <QRandomGenerator>
#include <QStringList>
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
PRUNELLA_TIED(ApprovalRequest, a, b, c, d, e, f, g, h, i, j)
PRUNELLA_TIED(EscalationState, a, b, c, d)
PRUNELLA_TIED(DiagnosisNode, a, b, c, d, e, f, g, h, i)
PRUNELLA_TIED(Diagnosis, a, b, c, d, e, f, g, h, i, j, k)
PRUNELLA_TIED(ActionRequest, a, b, c, d, e, f, g, h, i, j, k, l)
PRUNELLA_TIED(ActionResult, a, b, c, d, e)
PRUNELLA_TIED(RecoveryActionRecord, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
PRUNELLA_TIED(Incident, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x)
#undef PRUNELLA_TIED

template<typename T>
concept Tied = requires(T &value) { tied(value); };

/// Random values of every type; the same seed gives the same values.
class Filler
{
public:
    explicit Filler(quint32 seed) : m_random(seed) {}

    void fill(QString &text)
    {
        static const QStringList pieces{QStringLiteral("ä€𝄞"), QStringLiteral("\"\\/"), QStringLiteral("line\nline\ttab"),
                                        QStringLiteral("plain"), QStringLiteral("<b>&amp;"), QString(QChar(1))};
        text = m_random.bounded(4) == 0 ? QString()
                                        : QString(pieces[m_random.bounded(pieces.size())] + QString::number(m_random.generate()));
    }
    void fill(bool &value) { value = m_random.bounded(2) == 1; }
    void fill(int &value) { value = int(m_random.generate() >> 1); }
    void fill(double &value) { value = m_random.generateDouble(); }
    void fill(qint64 &value) { value = m_random.bounded(3) == 0 ? 0 : qint64(m_random.generate64() % 4'000'000'000'000); }
    void fill(Labels &labels)
    {
        labels.clear();
        for (int i = m_random.bounded(3); i > 0; --i) {
            QString key;
            fill(key);
            fill(labels[key]);
        }
    }
    template<typename E>
        requires std::is_enum_v<E>
    void fill(E &value) { value = E(m_random.bounded(int(count(E())))); }
    template<typename T>
    void fill(std::optional<T> &value)
    {
        value.reset();
        if (m_random.bounded(4) != 0)
            fill(value.emplace());
    }
    template<typename T>
    void fill(QList<T> &list)
    {
        list.clear();
        // children of a tree get fewer with depth, or it would never end
        for (int i = m_depth > 3 ? 0 : m_random.bounded(4); i > 0; --i)
            fill(list.emplaceBack());
    }
    template<Tied T>
    void fill(T &value)
    {
        ++m_depth;
        std::apply([this](auto &...fields) { (fill(fields), ...); }, tied(value));
        --m_depth;
    }
    template<typename T>
    [[nodiscard]] T make()
    {
        T value;
        fill(value);
        return value;
    }

private:
    template<typename E>
    static qsizetype count(E) { return words<E>().size(); }
    static int count(Decision) { return int(Decision::Refuse) + 1; }
    static int count(Reason) { return int(Reason::NotAnswered) + 1; }
    static int count(FailureKind) { return int(FailureKind::NoBus) + 1; }
    static int count(ConditionKind) { return int(ConditionKind::CheckFailing) + 1; }

    QRandomGenerator m_random;
    int m_depth = 0;
};

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
