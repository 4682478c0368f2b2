#include "core/diagnosis/Template.h"

#include "core/diagnosis/FactLogic.h"
#include "core/model/Facts.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

/// The value of "key|other:format"; nothing when none of the keys is known.
std::optional<QString> value(const QString &placeholder, const QString &component, const Evidence &evidence)
{
    const QString format = placeholder.section(u':', 1, 1);
    const QStringList keys = placeholder.section(u':', 0, 0).split(u'|');
    for (const QString &key : keys) {
        if (key == u"component"_s)
            return component;
        const auto fact = evidence.constFind(key);
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

} // namespace prunella
