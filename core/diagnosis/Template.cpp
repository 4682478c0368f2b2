#include "core/diagnosis/Template.h"

#include "core/diagnosis/FactLogic.h"
#include "core/model/Facts.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

/// A fact that has a value; of "probe.disk_growth" the first "probe.disk_growth(...)" that has one.
Evidence::const_iterator find(const QString &key, const Evidence &evidence)
{
    const auto exact = evidence.constFind(key);
    if (exact != evidence.cend())
        return exact->value.isValid() ? exact : evidence.cend();
    if (!isProbeName(key))
        return evidence.cend();
    const QString prefix = key + u'(';
    auto it = evidence.lowerBound(prefix);
    while (it != evidence.cend() && it.key().startsWith(prefix) && !it->value.isValid())
        ++it;
    return it != evidence.cend() && it.key().startsWith(prefix) ? it : evidence.cend();
}

/// The value of "key|other:format"; nothing when none of the keys is known.
std::optional<QString> value(const QString &placeholder, const QString &component, const Evidence &evidence)
{
    const QString format = placeholder.section(u':', 1, 1);
    const QStringList keys = placeholder.section(u':', 0, 0).split(u'|');
    for (const QString &key : keys) {
        if (key == u"component"_s)
            return component;
        const auto fact = find(key, evidence);
        if (fact == evidence.cend())
            continue;
        if (format == u"signal"_s)
            return signalText(fact->value.toInt());
        if (format == u"text"_s && !fact->text.isEmpty())
            return fact->text;
        return factValueText(fact->value);
    }
    return std::nullopt;
}

} // namespace

QString fillTemplate(const QString &text, const QString &component, const Evidence &evidence)
{
    QString result;
    qsizetype optionalFrom = -1; // where in `result` the open bracket's text begins
    bool incomplete = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar c = text[i];
        const qsizetype end = c == u'{' ? text.indexOf(u'}', i) : -1;
        if (c == u'[') {
            optionalFrom = result.size();
            incomplete = false;
        } else if (c == u']' && optionalFrom >= 0) {
            if (incomplete)
                result.truncate(optionalFrom);
            optionalFrom = -1;
        } else if (end > i) {
            const std::optional<QString> filled = value(text.mid(i + 1, end - i - 1), component, evidence);
            incomplete |= !filled;
            result += filled.value_or(u"unknown"_s);
            i = end;
        } else {
            result += c;
        }
    }
    return result;
}

Filled fillParameter(const QString &text, const QString &component, const Evidence &evidence)
{
    Filled filled;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const qsizetype end = text[i] == u'{' ? text.indexOf(u'}', i) : -1;
        if (end < 0) {
            filled.text += text[i];
            continue;
        }
        const QString placeholder = text.mid(i + 1, end - i - 1);
        const std::optional<QString> one = value(placeholder, component, evidence);
        if ((!one || one->isEmpty()) && filled.missing.isEmpty())
            filled.missing = placeholder;
        filled.text += one.value_or(QString());
        i = end;
    }
    return filled;
}

} // namespace prunella
