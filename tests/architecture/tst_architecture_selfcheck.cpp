// Each check of the architecture can fail: bad snippets are found, good neighbours are not.
#include "tests/architecture/Rules.h"

#include <QLibraryInfo>
#include <QTest>

using namespace Qt::StringLiterals;

namespace {

/// A function of exactly this many lines, its head included.
QString functionOf(int lines, const QString &head = u"void Foo::bar(int a)"_s)
{
    return head + u"\n{\n"_s + u"    ++a;\n"_s.repeated(lines - 3) + u"}\n"_s;
}

} // namespace

class TestArchitectureSelfcheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void layers_data();
    void layers() { judge(rules::layers); }
    void libraries_data();
    void libraries()
    {
        judge([](const Source &source) { return rules::libraries(source, QLibraryInfo::path(QLibraryInfo::HeadersPath)); });
    }
    void words_data();
    void words() { judge(rules::words); }
    void functions_data();
    void functions();
    void fileSizes();
    void pragmaOnce();
    void offencesNameTheLine();
    void topLevel();
    void linkage();

private:
    static void columns()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("text");
        QTest::addColumn<bool>("bad");
    }
    static void row(const QString &path, const QString &text, bool bad)
    {
        QTest::addRow("%s: %s", qPrintable(path), qPrintable(text.simplified())) << path << text << bad;
    }
    static void bad(const char *path, const char *text) { row(QString::fromUtf8(path), QString::fromUtf8(text), true); }
    static void good(const char *path, const char *text) { row(QString::fromUtf8(path), QString::fromUtf8(text), false); }
    template<typename Rule>
    static void judge(Rule rule)
    {
        QFETCH(QString, path);
        QFETCH(QString, text);
        QFETCH(bool, bad);
        const QStringList found = rule(makeSource(path, text));
        QVERIFY2(found.isEmpty() != bad, qPrintable(found.join(u'\n')));
    }
};

void TestArchitectureSelfcheck::layers_data()
{
    columns();
    bad("core/base/X.h", "#include \"core/model/Incident.h\"");
    bad("core/model/X.h", "#include \"core/config/ConfigLoader.h\"");
    bad("core/config/X.cpp", "#include \"core/store/Schema.h\"");
    bad("core/monitoring/X.cpp", "#include \"core/recovery/Runner.h\"");
    bad("core/recovery/X.cpp", "#include \"core/notification/WebhookSender.h\"");
    bad("core/store/X.cpp", "#include \"core/engine/Step.h\"");
    bad("core/engine/X.cpp", "#include \"ui/Theme.h\"");
    bad("core/engine/X.cpp", "  #  include \"app/shared/Signals.h\"");
    bad("ui/X.cpp", "#include \"core/engine/Engine.h\"");
    bad("ui/X.cpp", "#include \"core/config/Settings.h\"");
    bad("ui/X.cpp", "#include \"app/shared/Signals.h\"");
    bad("app/ctl/X.cpp", "#include \"ui/text/Words.h\"");
    bad("app/shared/X.cpp", "#include \"ui/text/Words.h\"");
    bad("core/engine/X.cpp", "#include \"tests/support/HttpServer.h\"");
    bad("app/console/X.cpp", "#include \"tests/support/HttpServer.h\"");
    bad("core/engine/X.cpp", "#include \"Step.h\"");
    good("core/model/X.h", "#include \"core/base/Clock.h\"");
    good("core/store/X.cpp", "#include \"core/config/ConfigLoader.h\"\n#include \"core/store/Schema.h\"");
    good("core/engine/X.cpp", "#include \"core/notification/WebhookSender.h\"");
    good("ui/charts/X.cpp", "#include \"ui/Theme.h\"\n#include \"core/engine/EngineClient.h\"\n#include \"core/model/Frame.h\"");
    good("app/console/X.cpp", "#include \"ui/MainWindow.h\"\n#include \"core/engine/Engine.h\"");
    good("tests/ui/X.cpp", "#include \"core/store/Schema.h\"\n#include \"Near.h\"\n#include \"tst_x.moc\"");
    good("core/base/X.cpp", "// #include \"core/model/Incident.h\"");
}

void TestArchitectureSelfcheck::libraries_data()
{
    columns();
    bad("core/engine/X.cpp", "#include <QSqlQuery>");
    bad("core/engine/X.cpp", "#include <QtSql/QSqlQuery>");
    bad("core/engine/X.cpp", "#include <yaml-cpp/yaml.h>");
    bad("core/engine/X.cpp", "#include <QDBusConnection>");
    bad("core/store/X.cpp", "#include <QNetworkReply>");
    bad("core/detection/X.cpp", "#include <QLocalSocket>");
    bad("core/monitoring/X.cpp", "#include <QColor>");
    bad("core/model/X.h", "#include <QWidget>");
    bad("core/model/X.h", "#include <QtCharts/QChart>");
    bad("ui/overview/X.cpp", "#include <QChartView>");
    bad("ui/overview/X.cpp", "#include <QLineSeries>");
    bad("ui/X.cpp", "#include <QSqlDatabase>");
    bad("ui/X.cpp", "#include <QTcpSocket>");
    bad("app/ctl/X.cpp", "#include <QApplication>");
    bad("core/engine/X.cpp", "#include <systemd/sd-bus.h>");
    bad("core/monitoring/X.cpp", "#include <systemd/sd-daemon.h>");
    bad("core/engine/X.cpp", "#include <CLI/CLI.hpp>");
    bad("core/store/X.cpp", "#include <QNoSuchHeader>");
    good("core/store/X.cpp", "#include <QSqlQuery>");
    good("core/config/X.cpp", "#include <yaml-cpp/yaml.h>\n#include <QtGlobal>");
    good("core/notification/X.cpp", "#include <QDBusConnection>\n#include <QNetworkReply>");
    good("core/recovery/X.cpp", "#include <systemd/sd-bus.h>");
    good("core/engine/X.cpp", "#include <QLocalServer>\n#include <vector>\n#include <sys/stat.h>");
    good("ui/charts/X.cpp", "#include <QChartView>\n#include <QWidget>");
    good("app/shared/X.cpp", "#include <QLocalSocket>\n#include <systemd/sd-daemon.h>");
    good("tests/store/X.cpp", "#include <QSqlQuery>");
}

void TestArchitectureSelfcheck::words_data()
{
    columns();
    bad("core/engine/X.cpp", "auto t = tr(\"text\");");
    bad("core/engine/X.cpp", "throw 1;");
    bad("core/engine/X.cpp", "Foo::instance().bar();");
    bad("core/engine/X.cpp", "std::system(c);");
    bad("tests/engine/X.cpp", "system(c);");
    bad("core/recovery/X.cpp", "const char *shell = \"/bin/sh\";");
    bad("ui/X.cpp", "run(u\"/usr/bin/sh -c\"_s, {u\"/bin/sh\"_s});");
    bad("core/model/X.h", "class A : public QObject { Q_OBJECT };");
    bad("ui/X.cpp", "QEventLoop loop;");
    bad("ui/X.cpp", "future.waitForFinished();");
    bad("tests/x/X.cpp", "QTest::qWait(10);");
    bad("tests/x/X.cpp", "std::this_thread::sleep_for(1s);");
    bad("tests/x/X.cpp", "QThread::msleep(1);");
    bad("tests/x/X.cpp", "::sleep(1);");
    bad("core/engine/X.cpp", "QDateTime::currentDateTimeUtc();");
    bad("core/store/X.cpp", "QDateTime::currentMSecsSinceEpoch();");
    bad("core/engine/X.cpp", "std::chrono::system_clock::now();");
    bad("core/engine/X.cpp", "clock_gettime(CLOCK_REALTIME, &t);");
    bad("core/engine/X.cpp", "const auto t = ::time(nullptr);");
    bad("core/engine/X.cpp", "std::mutex m;");
    bad("core/monitoring/X.h", "QMutexLocker l(&m);");
    bad("ui/X.h", "std::shared_mutex m;");
    bad("core/engine/X.cpp", "const int million = 1'000'000; throw 1;");
    bad("core/engine/X.cpp", "const char quote = '\"'; throw 1;");
    good("core/engine/X.cpp", "const char *t = \"throw tr(1) \\\" throw\"; // throw\n/* std::mutex */ char c = '\\''; ");
    good("core/engine/X.cpp", "auto t = R\"x(throw \" )\" std::mutex)x\"; QThreadPool::globalInstance();");
    good("core/engine/X.cpp", "m_system(c); str(x); resetr(1); timer.time(); runTime(1);");
    good("core/base/Clock.cpp", "clock_gettime(CLOCK_REALTIME, &t);");
    good("core/base/Mailbox.h", "std::mutex m;");
    good("core/store/X.cpp", "std::mutex m;");
    good("ui/X.cpp", "auto t = tr(\"text\"); // waitForFinished\n");
    good("tests/x/X.cpp", "run(\"/bin/sleep\"); const char *sleep = \"sleep(1)\";");
}

void TestArchitectureSelfcheck::functions_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QList<int>>("lines");
    using Lines = QList<int>;
    QTest::newRow("plain") << functionOf(41) << Lines{41};
    QTest::newRow("namespaces") << u"namespace a::b {\nnamespace {\n"_s + functionOf(7) + u"}\n"_s + functionOf(8) + u"}\n"_s << Lines{7, 8};
    QTest::newRow("class") << u"class A : public B<int>\n{\n    Q_OBJECT\npublic:\n"_s + functionOf(6) + u"private Q_SLOTS:\n"_s + functionOf(5) + u"};"_s << Lines{6, 5};
    QTest::newRow("constructor") << functionOf(9, u"Foo::Foo(int a, QObject *p)\n    : Base(p)\n    , m_a{a}\n    , m_b([this] { run(); })\n    , m_c{1, {2}}"_s) << Lines{13};
    QTest::newRow("braces before the body") << u"A::A() noexcept : m_a{1} {}\nA::A() : m_x(1)\n    , m_y{2}\n{\n}\n"_s << Lines{1, 4};
    QTest::newRow("template, default, trailing type") << functionOf(5, u"template<class T, typename U = int>\nauto f(QList<T> a = {}, int b = 3) -> std::optional<T>"_s) << Lines{6};
    QTest::newRow("operators") << functionOf(5, u"bool A::operator==(const A &a) const"_s) + functionOf(4, u"A &A::operator=(A &&a)"_s) + functionOf(4, u"int A::operator()(int a)"_s)
                               << Lines{5, 4, 4};
    QTest::newRow("data") << u"const QList<int> table{\n1,\n2};\nint b[] = {\n1};\nenum class E : int {\nA };\nstruct P { int x{1}; int y = 2; };\nauto s = make({1, 2});\n"_s << Lines{};
    QTest::newRow("lambda as variable") << u"const auto f = [](int a, std::function<void()> g) {\n    return a;\n};\nconst auto g = [] {\n};\n"_s << Lines{3, 2};
    QTest::newRow("nested blocks") << u"void f()\n{\n    if (a) {\n        struct L { void g() { } };\n    }\n}\nvoid g() { }\n"_s << Lines{6, 1};
    QTest::newRow("brace in literal and comment") << u"void f()\n{\n    g('{', \"{{\"); // {\n    /* { */\n}\nvoid g() {\n}\n"_s << Lines{5, 2};
    QTest::newRow("macros") << u"#define X(a) \\\n    void a() { \\\n}\nQ_DECLARE_METATYPE(A)\nclass B {\n    void f() const override { g(); }\n};\n"_s << Lines{1};
    QTest::newRow("struct as return type") << u"struct P f(const class Q *q) {\n    return {};\n}\n"_s << Lines{3};
}

void TestArchitectureSelfcheck::functions()
{
    QFETCH(QString, text);
    QFETCH(QList<int>, lines);
    QList<int> found;
    for (const FunctionSpan &function : functionsOf(makeSource(u"core/engine/X.cpp"_s, text)))
        found.append(function.lines);
    QCOMPARE(found, lines);
}

void TestArchitectureSelfcheck::fileSizes()
{
    const auto size = [](const QString &path, const QString &text) { return int(rules::sizes(makeSource(path, text)).size()); };
    const QString line = u"int a;\n"_s;
    QCOMPARE(size(u"core/base/X.cpp"_s, line.repeated(400)), 0);
    QCOMPARE(size(u"core/base/X.cpp"_s, line.repeated(401)), 1);
    QCOMPARE(size(u"core/base/X.h"_s, line.repeated(120)), 0);
    QCOMPARE(size(u"core/base/X.h"_s, line.repeated(121)), 1);
    QCOMPARE(size(u"core/base/X.cpp"_s, functionOf(40)), 0);
    QCOMPARE(size(u"core/base/X.cpp"_s, functionOf(41)), 1);
}

void TestArchitectureSelfcheck::pragmaOnce()
{
    QCOMPARE(rules::pragmaOnce(makeSource(u"core/base/X.h"_s, u"#ifndef X\n#endif\n"_s)).size(), 1);
    QCOMPARE(rules::pragmaOnce(makeSource(u"core/base/X.h"_s, u"// #pragma once\n"_s)).size(), 1);
    QCOMPARE(rules::pragmaOnce(makeSource(u"core/base/X.h"_s, u"// words\n#pragma once\n"_s)).size(), 0);
    QCOMPARE(rules::pragmaOnce(makeSource(u"core/base/X.cpp"_s, u"int a;\n"_s)).size(), 0);
}

void TestArchitectureSelfcheck::offencesNameTheLine()
{
    const Source source = makeSource(u"core/engine/X.cpp"_s, u"/* two\nlines */\n#include \"ui/Theme.h\"\nauto t = R\"(\n)\"; void f() { throw 1; }\n"_s);
    QVERIFY(rules::layers(source).value(0).startsWith(u"core/engine/X.cpp:3: "));
    QVERIFY(rules::words(source).value(0).startsWith(u"core/engine/X.cpp:5: "));
}

void TestArchitectureSelfcheck::topLevel()
{
    const QStringList tidy{u"CMakeLists.txt"_s, u"app"_s, u"core"_s, u"ui"_s, u"resources"_s, u"translations"_s, u"tests"_s, u"installer"_s,
                           u"README.md"_s, u"LICENSE"_s, u"CMakePresets.json"_s, u".gitignore"_s, u".ci"_s, u"build"_s};
    QCOMPARE(rules::topLevel(tidy), QStringList());
    QCOMPARE(rules::topLevel(tidy + QStringList{u"scripts"_s}).size(), 1);
    QCOMPARE(rules::topLevel(tidy.mid(1)).size(), 1);
}

void TestArchitectureSelfcheck::linkage()
{
    const auto count = [](const QString &text) { return int(rules::linkage(u"x"_s, text).size()); };
    QCOMPARE(count(u"target_link_libraries(prunellactl PRIVATE prunella_engine)\ntarget_link_libraries(prunella PRIVATE prunella_ui)"_s), 0);
    QCOMPARE(count(u"target_link_libraries(prunellactl PRIVATE prunella_engine\n    prunella_ui)"_s), 1);
    QCOMPARE(count(u"target_link_libraries(prunellactl PRIVATE Qt6::Widgets)"_s), 1);
    QCOMPARE(count(u"prunella_layer(model prunella_base Qt6::Gui)"_s), 1);
}

QTEST_GUILESS_MAIN(TestArchitectureSelfcheck)
#include "tst_architecture_selfcheck.moc"
