// Each file in data/mistakes is one mistake; its last comment lines hold what a person must be told, compared whole.
#include "core/config/ConfigLoader.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

QStringList expectations(const QByteArray &bytes)
{
    QStringList lines;
    const QList<QByteArray> all = bytes.split('\n');
    for (const QByteArray &line : all) {
        if (line.startsWith("# expect: "))
            lines.append(QString::fromUtf8(line.mid(10)));
    }
    return lines;
}

} // namespace

class TestConfigMistakes : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void mistakes_data()
    {
        QTest::addColumn<QString>("path");
        const QDir folder(QStringLiteral(TEST_DATA "/mistakes"));
        const QStringList names = folder.entryList({u"*.yaml"_s}, QDir::Files, QDir::Name);
        QVERIFY(names.size() > 30);
        for (const QString &name : names)
            QTest::newRow(qPrintable(name)) << folder.filePath(name);
    }
    void mistakes()
    {
        QFETCH(QString, path);
        QFile source(path);
        QVERIFY(source.open(QIODevice::ReadOnly));
        const QByteArray bytes = source.readAll();
        const QTemporaryDir folder; // a copy with known rights: the checkout's umask is the user's
        const QString copy = folder.filePath(u"config.yaml"_s);
        QFile file(copy);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size());
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.close();

        const LoadedConfig loaded = loadConfig({{copy}, true, {}});
        QStringList told;
        for (const ConfigProblem &problem : loaded.problems)
            told.append(toString(problem).replace(copy, QFileInfo(path).fileName()));
        QVERIFY(loaded.hasErrors());
        QCOMPARE(told.join(u'\n'), expectations(bytes).join(u'\n'));
    }
};

QTEST_GUILESS_MAIN(TestConfigMistakes)
#include "tst_config_mistakes.moc"
