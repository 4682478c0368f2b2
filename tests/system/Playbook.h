#pragma once
// A diagnosis of a test's own, and what it acts upon: files as bytes, the kernel's word on a unit's memory.
#include "tests/system/EngineProcess.h"
#include "tests/system/VictimUnit.h"

#include <QDir>
#include <QFile>

namespace prunella::testing {

inline void putFile(const QString &path, const QByteArray &bytes)
{
    QDir().mkpath(path.section(u'/', 0, -2));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(path));
}

inline QByteArray bytesOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("<none>");
}

/// Below `dir`/playbooks: whatever happens to a service of this type has this cause, which recommends these actions. The shipped
/// procedures say nothing of the type then.
inline void putTree(const QString &dir, const QString &type, const QString &cause, const QString &actions)
{
    const QString text = QStringLiteral("tree: %1\napplies_to: [%1]\nfirst: only\nquestions:\n  only:\n    ask: Is it a service?\n"
                                        "    when: {fact: component.kind, equals: service}\n    yes: {likelihood: 0.95, then: %2}\n"
                                        "    no: {likelihood: 0.95, then: other}\n    unknown: yes\ncauses:\n"
                                        "  %2: {text: as the test wants, prior: 0.5, summary: \"{component}: as the test wants.\", actions: [%3]}\n"
                                        "  other: {text: other, prior: 0.5, summary: \"{component}: other.\", advice: look}\n").arg(type, cause, actions);
    putFile(dir + QStringLiteral("/playbooks/%1.yaml").arg(type), text.toUtf8());
}

/// The keys that make the engine use them, and act without a cool-down.
inline QString withPlaybooks(const QString &dir)
{
    return QStringLiteral("  learning: {confidence_threshold: 0}\n  guards: {cool_down: 0s}\n  playbooks: [\"%1/playbooks\"]\n").arg(dir);
}

/// The limit that the kernel holds a unit to, bytes; of either version of control groups. -1: it does not run.
inline qint64 kernelMemoryLimit(const QString &unit)
{
    const QString group = systemctl({QStringLiteral("show"), QStringLiteral("--value"), QStringLiteral("-p"), QStringLiteral("ControlGroup"), unit});
    for (const QString &file : {QStringLiteral("/sys/fs/cgroup%1/memory.max"), QStringLiteral("/sys/fs/cgroup/memory%1/memory.limit_in_bytes")}) {
        bool ok = false;
        const qint64 bytes = bytesOf(file.arg(group)).trimmed().toLongLong(&ok);
        if (ok && !group.isEmpty())
            return bytes;
    }
    return -1;
}

/// All incidents of a component, newest last.
inline QList<QJsonObject> incidentsOf(const EngineProcess &engine, const QString &component)
{
    QList<QJsonObject> found;
    for (const QJsonValue &value : engine.incidents())
        if (value.toObject().value(u"component").toString() == component)
            found.append(value.toObject());
    return found;
}

} // namespace prunella::testing
