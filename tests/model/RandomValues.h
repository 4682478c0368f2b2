#pragma once
#include "tests/model/TiedValues.h"

#include <QRandomGenerator>
#include <QStringList>

namespace prunella::test {

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
    static int count(Reason) { return int(lastReasonValue) + 1; }
    static int count(FailureKind) { return int(FailureKind::NoBus) + 1; }
    static int count(ConditionKind) { return int(ConditionKind::CheckFailing) + 1; }

    QRandomGenerator m_random;
    int m_depth = 0;
};

} // namespace prunella::test
