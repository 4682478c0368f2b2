#include "ui/text/RightWords.h"

#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Rights)
};

} // namespace

QString words(RightState state)
{
    switch (state) {
    case RightState::Permitted: return Text::tr("Permitted");
    case RightState::NeedsPerson: return Text::tr("Needs authorisation");
    case RightState::Refused: break;
    }
    return Text::tr("Refused", "a right");
}

QString rightName(const QString &what)
{
    if (const auto action = fromString<ActionType>(what))
        return words(*action);
    return what == u"logs" ? Text::tr("Read logs") : what;
}

Health healthOf(RightState state)
{
    switch (state) {
    case RightState::Permitted: return Health::Healthy;
    case RightState::NeedsPerson: return Health::Warning;
    case RightState::Refused: break;
    }
    return Health::Critical;
}

} // namespace prunella
