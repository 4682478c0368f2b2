#include "core/notification/CommandCall.h"

#include "core/notification/IncidentText.h"
#include "core/notification/WebhookMessage.h"

namespace prunella {
using namespace Qt::StringLiterals;

CommandCall commandCall(const OutboxItem &item, const ChannelConfig &channel)
{
    constexpr qsizetype most = 4096; // one variable; the kernel takes 128 KiB, people's scripts less
    const IncidentText text = incidentText(item);
    CommandCall call{channel.command, {}, webhookBody(item) + '\n'};
    for (const auto &[name, value] : {std::pair(u"EVENT"_s, item.event), {u"DELIVERY_ID"_s, item.deliveryId}, {u"INCIDENT_ID"_s, text.id},
                                      {u"CHANNEL"_s, channel.name}, {u"COMPONENT"_s, text.component}, {u"HOST"_s, text.host},
                                      {u"ERROR_TYPE"_s, text.type}, {u"SEVERITY"_s, text.severity}, {u"STATUS"_s, text.status},
                                      {u"TITLE"_s, text.title}, {u"SUMMARY"_s, text.summary}}) {
        QString clean = clipped(value, most);
        clean.remove(QChar(u'\0'));
        call.environment.append(u"PRUNELLA_"_s + name + u'=' + clean);
    }
    return call;
}

} // namespace prunella
