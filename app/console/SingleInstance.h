#pragma once
#include <QLocalServer>
#include <QObject>

namespace prunella {

/// One console a state directory: a second start raises the first window and ends.
class SingleInstance : public QObject
{
    Q_OBJECT
public:
    explicit SingleInstance(QObject *parent = nullptr);

    /// true: this is the first one. false: the first one was asked to show itself.
    [[nodiscard]] bool claim(const QString &socketPath);

Q_SIGNALS:
    void raiseRequested();

private:
    QLocalServer m_server;
};

} // namespace prunella
