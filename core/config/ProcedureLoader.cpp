#include "core/config/ProcedureLoader.h"

#include "core/config/ProcedureReader.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

bool hasError(const QList<ConfigProblem> &problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const ConfigProblem &p) { return p.level == ProblemLevel::Error; });
}

ProcedureSet procedureOf(const QString &file, const YamlDocument &document, const QList<DecisionTree> &trees)
{
    ProcedureSet result{{}, document.problems};
    Procedure procedure;
    procedure.file = file;
    {
        YamlReader top(document.root, QString(), result.problems);
        if (top.require("procedure"_L1, u"the procedure's name"_s))
            ProcedureReader(procedure, trees, result.problems).read(top);
        else
            top.acceptAnyKey();
    }
    if (!hasError(result.problems))
        result.procedures << procedure;
    return result;
}

class FolderReader
{
public:
    FolderReader(ProcedureSet &all, const QStringList &folders, const QList<DecisionTree> &trees)
        : m_all(all), m_folders(folders), m_trees(trees) {}

    void read(const QString &name, bool onlyProcedures)
    {
        const QFileInfoList files = QDir(name).entryInfoList({u"*.yaml"_s, u"*.yml"_s}, QDir::Files, QDir::Name);
        for (const QFileInfo &info : files) {
            QFile file(info.filePath());
            if (file.open(QIODevice::ReadOnly))
                readFile(info.filePath(), file.readAll(), onlyProcedures);
            else if (onlyProcedures) // of the others the reading of the trees tells
                m_all.problems << ConfigProblem{ProblemLevel::Error, info.filePath(), 0, 0, QString(),
                                                u"cannot be read: "_s + file.errorString()};
        }
    }

private:
    void readFile(const QString &path, const QByteArray &bytes, bool onlyProcedures)
    {
        YamlDocument document = parseYaml(path, bytes);
        const bool mine = onlyProcedures || (document.root->find(u"procedure") && !document.root->find(u"tree"));
        if (onlyProcedures && hasError(document.problems))
            m_all.problems << document.problems;
        if (!mine || hasError(document.problems))
            return;
        if (!onlyProcedures)
            document.problems.clear(); // told with the trees already
        if (const YamlEntry *tree = document.root->find(u"tree"); tree && onlyProcedures) {
            m_all.problems << ConfigProblem{ProblemLevel::Error, path, tree->at.line, tree->at.column, u"tree"_s,
                                            u"a decision tree is not read from here; it belongs into the folder above"_s};
            return;
        }
        ProcedureSet one = procedureOf(path, document, treesFor(path));
        m_all.problems << one.problems;
        for (Procedure &procedure : one.procedures)
            take(procedure);
    }
    /// Without the trees of later folders, for which it was not written.
    QList<DecisionTree> treesFor(const QString &path) const
    {
        QList<DecisionTree> trees = m_trees;
        trees.removeIf([&](const DecisionTree &tree) { return folderOf(tree.file) > folderOf(path); });
        return trees;
    }
    /// Which of the folders a file is of, -1: of none.
    qsizetype folderOf(const QString &file) const
    {
        qsizetype found = -1;
        for (qsizetype i = 0; i < m_folders.size(); ++i) {
            const QString folder = QDir(m_folders[i]).absolutePath(), own = QFileInfo(file).absolutePath();
            if (own == folder || own == folder + u"/procedures"_s)
                found = i;
        }
        return found;
    }
    /// A later folder's procedure takes the place of an earlier one's of the same name.
    void take(Procedure &procedure)
    {
        const auto same = std::find_if(m_all.procedures.begin(), m_all.procedures.end(),
                                       [&](const Procedure &p) { return p.name == procedure.name; });
        if (same != m_all.procedures.end() && folderOf(same->file) == folderOf(procedure.file)) {
            m_all.problems << ConfigProblem{ProblemLevel::Error, procedure.file, 1, 1, u"procedure"_s,
                                            u"the procedure \""_s + procedure.name + u"\" is already in "_s + same->file};
            return;
        }
        if (same != m_all.procedures.end())
            m_all.procedures.erase(same);
        procedure.appliesTo.removeIf([&](ErrorType type) {
            const auto tree = std::find_if(m_trees.begin(), m_trees.end(),
                                           [&](const DecisionTree &t) { return t.appliesTo.contains(type); });
            return tree != m_trees.end() && folderOf(tree->file) > folderOf(procedure.file);
        });
        if (!procedure.appliesTo.isEmpty())
            m_all.procedures << procedure;
    }

    ProcedureSet &m_all;
    const QStringList &m_folders;
    const QList<DecisionTree> &m_trees;
};

} // namespace

ProcedureSet readProcedure(const QString &file, const QByteArray &bytes, const QList<DecisionTree> &trees)
{
    const YamlDocument document = parseYaml(file, bytes);
    if (hasError(document.problems))
        return {{}, document.problems};
    if (document.root->find(u"tree") && !document.root->find(u"procedure"))
        return {};
    return procedureOf(file, document, trees);
}

ProcedureSet loadProcedures(const QStringList &folders, const QList<DecisionTree> &trees)
{
    ProcedureSet all;
    FolderReader reader(all, folders, trees);
    for (const QString &name : folders) {
        reader.read(name, false);
        reader.read(QDir(name).filePath(u"procedures"_s), true);
    }
    return all;
}

} // namespace prunella
