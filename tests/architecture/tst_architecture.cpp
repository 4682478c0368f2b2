// The tree against the house plan. A check that fails lists every offender as "file:line: reason".
#include "tests/architecture/Rules.h"

#include <QDebug>
#include <QDir>
#include <QFile>
#include <QLibraryInfo>
#include <QTest>

using namespace Qt::StringLiterals;

class TestArchitecture : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_sources = readTree(root, {u"core"_s, u"ui"_s, u"app"_s, u"tests"_s, u"resources"_s});
        QVERIFY2(m_sources.size() > 100, "the tree was not read");
        QVERIFY2(QFile::exists(m_qtHeaders + u"/QtWidgets/QWidget"_s), qPrintable(u"no Qt headers in "_s + m_qtHeaders));
    }
    void layersIncludeOnlyThoseAbove() { judge(rules::layers); }
    void librariesStayInTheirLayers()
    {
        judge([this](const Source &source) { return rules::libraries(source, m_qtHeaders); });
    }
    void filesAndFunctionsAreShort() { judge(rules::sizes); }
    void forbiddenWordsAreAbsent() { judge(rules::words); }
    void headersAreIncludedOnce() { judge(rules::pragmaOnce); }
    void topLevelIsTidy()
    {
        report(rules::topLevel(QDir(root).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)));
    }
    void coreAndTerminalLinkNoGui()
    {
        QStringList found;
        for (const QString &path : {u"app/CMakeLists.txt"_s, u"core/CMakeLists.txt"_s}) {
            QFile file(root + u'/' + path);
            QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(path));
            const QString text = QString::fromUtf8(file.readAll());
            QVERIFY2(text.contains(path.startsWith(u"app") ? u"target_link_libraries(prunellactl"_s : u"prunella_layer("_s), qPrintable(path));
            found += rules::linkage(path, text);
        }
        report(found);
    }

private:
    template<typename Rule>
    void judge(Rule rule)
    {
        QStringList found;
        for (const Source &source : std::as_const(m_sources))
            found += rule(source);
        report(found);
    }
    static void report(const QStringList &found)
    {
        // One message an offender: Qt Test cuts the text of a single failure at 1 KiB.
        for (const QString &offence : found)
            qWarning().noquote() << offence;
        QVERIFY2(found.isEmpty(), qPrintable(u"%1 offences, see above"_s.arg(found.size())));
    }

    static inline const QString root = QStringLiteral(SOURCE_DIR);
    QList<Source> m_sources;
    const QString m_qtHeaders = QLibraryInfo::path(QLibraryInfo::HeadersPath);
};

QTEST_GUILESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
