#include "core/config/TreeLoader.h"

#include "core/config/ConditionReader.h"
#include "core/config/YamlReader.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

// Certainty is no likelihood: with 0 or 1 no later evidence could ever correct an answer.
constexpr Range likelihoodRange{0.001, 0.999};

class TreeReader
{
public:
    TreeReader(DecisionTree &tree, QList<ConfigProblem> &problems) : m_tree(tree), m_problems(problems) {}

    void read(YamlReader &top)
    {
        top.text("tree"_L1, m_tree.name);
        top.ignore("description"_L1);
        readTypes(top);
        if (top.require("first"_L1, u"the id of the first question"_s) && top.text("first"_L1, m_tree.first))
            m_places.references << TreePlace{m_tree.first, top.pathOf(u"first"), top.node("first"_L1)->at};
        if (top.require("causes"_L1, u"a map of causes"_s))
            m_places.causes = {QString(), top.pathOf(u"causes"), top.node("causes"_L1)->at};
        top.maps("causes"_L1, [this](const QString &id, YamlReader &reader) { readCause(id, reader); });
        top.require("questions"_L1, u"a map of questions"_s);
        top.maps("questions"_L1, [this](const QString &id, YamlReader &reader) { readQuestion(id, reader); });
        m_tree.queries = m_notes.queries;
        m_places.facts = m_notes.facts;
        m_problems << checkTree(m_tree, m_places);
    }

private:
    void readTypes(YamlReader &top)
    {
        QStringList names;
        if (!top.require("applies_to"_L1, u"a list of error types"_s) || !top.texts("applies_to"_L1, names))
            return;
        for (const QString &name : std::as_const(names)) {
            if (const auto type = fromString<ErrorType>(name))
                m_tree.appliesTo << *type;
            else
                top.problem("applies_to"_L1, unknownWord(u"error type"_s, name, words<ErrorType>()));
        }
    }
    void readCause(const QString &id, YamlReader &reader)
    {
        TreeCause cause;
        cause.id = id;
        m_places.defined << TreePlace{id, reader.path(), reader.at()};
        if (reader.require("text"_L1, u"a few words that name the cause"_s))
            reader.text("text"_L1, cause.text);
        if (reader.require("prior"_L1, u"its share among the incidents of this tree, from 0.001 to 1"_s))
            reader.number("prior"_L1, cause.prior, {0.001, 1});
        if (reader.require("summary"_L1, u"one sentence that says what happened"_s))
            reader.text("summary"_L1, cause.summary);
        reader.text("advice"_L1, cause.advice);
        for (const QLatin1StringView key : {"summary"_L1, "advice"_L1}) {
            const QString wrong = templateProblem(key == "summary"_L1 ? cause.summary : cause.advice);
            if (!wrong.isEmpty())
                reader.problem(key, wrong);
        }
        QStringList actions;
        reader.texts("actions"_L1, actions);
        for (const QString &name : std::as_const(actions)) {
            if (const auto action = fromString<ActionType>(name))
                cause.actions << *action;
            else
                reader.problem("actions"_L1, unknownWord(u"action"_s, name, words<ActionType>()));
        }
        if (actions.isEmpty() && cause.advice.isEmpty())
            reader.problem(u"neither actions nor advice: nobody would know what to do"_s);
        m_tree.causes << cause;
    }
    void readQuestion(const QString &id, YamlReader &reader)
    {
        TreeQuestion question;
        question.id = id;
        m_places.defined << TreePlace{id, reader.path(), reader.at()};
        if (reader.require("ask"_L1, u"the question as a person reads it"_s))
            reader.text("ask"_L1, question.text);
        if (reader.has("cases"_L1))
            reader.maps("cases"_L1, [&](const QString &name, YamlReader &one) { question.answers << readAnswer(name, one, true); });
        else
            readYesNo(reader, question);
        if (reader.has("cases"_L1) && question.answers.size() < 2)
            reader.problem("cases"_L1, u"a question needs two cases at least"_s);
        readHints(reader, question);
        QStringList names;
        for (const TreeAnswer &answer : std::as_const(question.answers))
            names << answer.name;
        reader.choice("unknown"_L1, question.unknown, names);
        m_tree.questions << question;
    }
    void readYesNo(YamlReader &reader, TreeQuestion &question)
    {
        std::optional<FactCondition> when;
        if (reader.require("when"_L1, u"a condition for \"yes\", or `cases`"_s))
            reader.map("when"_L1, [&](YamlReader &condition) { when = readCondition(condition, m_notes); });
        for (const QLatin1StringView key : {"yes"_L1, "no"_L1}) {
            reader.require(key, u"an answer with likelihood and then"_s);
            reader.map(key, [&](YamlReader &one) { question.answers << readAnswer(key, one, false); });
        }
        if (!question.answers.isEmpty())
            question.answers.first().when = when;
    }
    TreeAnswer readAnswer(const QString &name, YamlReader &reader, bool withCondition)
    {
        TreeAnswer answer;
        answer.name = name;
        if (reader.require("likelihood"_L1, u"how probable this answer is when the truth lies below it, from 0.001 to 0.999"_s))
            reader.number("likelihood"_L1, answer.likelihood, likelihoodRange);
        if (reader.require("then"_L1, u"the id of a question or a cause"_s) && reader.text("then"_L1, answer.then))
            m_places.references << TreePlace{answer.then, reader.pathOf(u"then"), reader.node("then"_L1)->at};
        if (withCondition)
            reader.map("when"_L1, [&](YamlReader &condition) { answer.when = readCondition(condition, m_notes); });
        return answer;
    }
    void readHints(YamlReader &reader, TreeQuestion &question)
    {
        QStringList names;
        for (const TreeAnswer &answer : std::as_const(question.answers))
            names << answer.name;
        reader.list("hints"_L1, [&](YamlReader &one) {
            TreeHint hint;
            if (one.require("when"_L1, u"a condition"_s))
                one.map("when"_L1, [&](YamlReader &condition) { hint.when = readCondition(condition, m_notes); });
            if (one.require("answer"_L1, u"the answer it points to"_s))
                one.choice("answer"_L1, hint.answer, names);
            if (one.require("likelihood"_L1, u"how far it can be relied on, from 0.001 to 0.999"_s))
                one.number("likelihood"_L1, hint.likelihood, likelihoodRange);
            question.hints << hint;
        });
    }

    DecisionTree &m_tree;
    QList<ConfigProblem> &m_problems;
    TreePlaces m_places;
    ConditionNotes m_notes;
};

bool hasError(const QList<ConfigProblem> &problems)
{
    return std::any_of(problems.begin(), problems.end(), [](const ConfigProblem &p) { return p.level == ProblemLevel::Error; });
}

/// A later folder's tree takes the place of an earlier one's of the same name.
void merge(TreeSet &all, TreeSet &&one, const QString &folder)
{
    all.problems << one.problems;
    for (const DecisionTree &tree : std::as_const(one.trees)) {
        const auto same = std::find_if(all.trees.begin(), all.trees.end(), [&](const DecisionTree &t) { return t.name == tree.name; });
        if (same == all.trees.end())
            all.trees << tree;
        else if (QFileInfo(same->file).path() != folder)
            *same = tree;
        else
            all.problems << ConfigProblem{ProblemLevel::Error, tree.file, 1, 1, u"tree"_s,
                                          u"the tree \""_s + tree.name + u"\" is already in "_s + same->file};
    }
}

} // namespace

TreeSet readTree(const QString &file, const QByteArray &bytes)
{
    YamlDocument document = parseYaml(file, bytes);
    TreeSet result{{}, document.problems};
    const bool isProcedure = document.root->find(u"procedure") && !document.root->find(u"tree");
    if (isProcedure || hasError(result.problems))
        return result;
    DecisionTree tree;
    tree.file = file;
    {
        YamlReader top(document.root, QString(), result.problems);
        if (top.require("tree"_L1, u"the tree's name"_s))
            TreeReader(tree, result.problems).read(top);
        else
            top.acceptAnyKey();
    }
    if (!hasError(result.problems))
        result.trees << tree;
    return result;
}

TreeSet loadTrees(const QStringList &folders)
{
    TreeSet all;
    for (const QString &name : folders) {
        const QDir folder(name);
        if (!folder.exists()) {
            all.problems << ConfigProblem{ProblemLevel::Error, name, 0, 0, u"playbooks"_s, u"there is no such folder"_s};
            continue;
        }
        const QFileInfoList files = folder.entryInfoList({u"*.yaml"_s, u"*.yml"_s}, QDir::Files, QDir::Name);
        for (const QFileInfo &info : files) {
            QFile file(info.filePath());
            if (!file.open(QIODevice::ReadOnly))
                all.problems << ConfigProblem{ProblemLevel::Error, info.filePath(), 0, 0, QString(), u"cannot be read: "_s + file.errorString()};
            else
                merge(all, readTree(info.filePath(), file.readAll()), info.path());
        }
    }
    return all;
}

} // namespace prunella
