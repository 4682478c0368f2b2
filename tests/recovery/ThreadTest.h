#pragma once
#include <QCoreApplication>
#include <QMetaMethod>
#include <QTest>

namespace prunella::testing {

/// Runs the private slots of a test as qExec does, but without QTest's own watchdog thread: Qt is not instrumented,
/// so the thread sanitizer would report that thread and nothing would be left to see ours.
[[nodiscard]] inline int runThreadTest(QObject *test, int argc, char **argv)
{
    const QCoreApplication app(argc, argv);
#ifdef __SANITIZE_THREAD__
    QTest::qInit(test, argc, argv);
    bool failed = false;
    const QMetaObject *meta = test->metaObject();
    for (int i = meta->methodOffset(); i < meta->methodCount(); ++i) {
        qInfo("%s", meta->method(i).methodSignature().constData());
        meta->method(i).invoke(test, Qt::DirectConnection);
        failed = failed || QTest::currentTestFailed();
    }
    QTest::qCleanup();
    return failed ? 1 : 0;
#else
    return QTest::qExec(test, argc, argv);
#endif
}

} // namespace prunella::testing
