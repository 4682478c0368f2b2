#pragma once
#include <QList>
#include <QString>

namespace prunella {

/// The vertical scale: round numbers, few of them, and no jumping at each new value.
class Scale
{
public:
    /// Chooses a scale from 0 (or below) that holds both values. Keeps the old one while it fits and is not far too big.
    void fit(double low, double high, const QString &unit);
    void fix(double high, const QString &unit); ///< from 0 to `high`, for percentages

    [[nodiscard]] double low() const { return m_low; }
    [[nodiscard]] double high() const { return m_high; }
    [[nodiscard]] const QList<double> &ticks() const { return m_ticks; }
    [[nodiscard]] const QStringList &labels() const { return m_labels; }

private:
    void set(double low, double high, double step, const QString &unit);

    double m_low = 0, m_high = 0;
    QList<double> m_ticks;
    QStringList m_labels;
};

/// Times of the horizontal scale: round in local time, at most `most` of them.
[[nodiscard]] QList<qint64> timeTicks(qint64 from, qint64 to, int most);

} // namespace prunella
