#include "core/notification/DesktopNotification.h"

namespace prunella {
using namespace Qt::StringLiterals;

NotifyArguments notifyArguments(const DesktopNotification &notification, const QStringList &capabilities)
{
    NotifyArguments arguments;
    arguments.summary = notification.summary;
    const bool markup = capabilities.contains("body-markup"_L1);
    QStringList lines;
    if (!notification.lead.isEmpty())
        lines.append(markup ? QString(u"<b>"_s + notification.lead.toHtmlEscaped() + u"</b>"_s) : notification.lead);
    if (!notification.body.isEmpty())
        lines.append(markup ? notification.body.toHtmlEscaped() : notification.body);
    // A desktop without bodies shows the summary alone: the lead is worth having in it.
    if (capabilities.contains("body"_L1))
        arguments.body = lines.join(u'\n');
    else if (!notification.lead.isEmpty())
        arguments.summary += u": "_s + notification.lead;
    if (capabilities.contains("actions"_L1)) {
        for (const auto &[id, label] : notification.actions)
            arguments.actions << id << label;
    }
    constexpr uchar urgencyNormal = 1, urgencyCritical = 2; // of the specification
    arguments.hints = {{u"urgency"_s, QVariant::fromValue(notification.critical ? urgencyCritical : urgencyNormal)},
                       {u"desktop-entry"_s, u"prunella"_s}};
    arguments.timeoutMs = notification.critical ? 0 : -1;
    return arguments;
}

} // namespace prunella
