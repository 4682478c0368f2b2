#pragma once
#include <QPair>
#include <QStringList>
#include <QVariantMap>

namespace prunella {

/// What a person sees on the desktop. All texts are plain: markup is made here, and only where it is understood.
struct DesktopNotification {
    QString key;                             ///< a newer one with the same key replaces the older: the incident's id
    QString summary;
    QString lead;                            ///< first line of the body, in bold where the desktop can
    QString body;
    bool critical = false;                   ///< stays until it is closed
    QList<QPair<QString, QString>> actions;  ///< id and label; left away where the desktop has no buttons
};

/// The arguments of org.freedesktop.Notifications.Notify that depend on what the desktop can do.
struct NotifyArguments {
    QString summary, body;
    QStringList actions;
    QVariantMap hints;
    int timeoutMs = -1;                      ///< -1: as the desktop likes, 0: never
};
[[nodiscard]] NotifyArguments notifyArguments(const DesktopNotification &notification, const QStringList &capabilities);

} // namespace prunella
