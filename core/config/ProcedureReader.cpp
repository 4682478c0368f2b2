#include "core/config/ProcedureReader.h"

#include "core/config/ConfigReading.h"
#include "core/config/ProcedureValue.h"
#include "core/model/Facts.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr double dayMs = 86'400'000;
constexpr Range timeoutRange{1000, dayMs};
constexpr Range settleRange{0, dayMs};

const QStringList verifications{u"full"_s, u"condition"_s, u"checks"_s, u"none"_s};    // as StepVerify
const QStringList afterFailure{u"next"_s, u"undo"_s, u"escalate"_s, u"stop"_s};        // as OnFailure

/// The tree that diagnoses an error type: the first one that covers it.
const DecisionTree *treeOf(const QList<DecisionTree> &trees, ErrorType type)
{
    const auto it = std::find_if(trees.begin(), trees.end(),
                                 [&](const DecisionTree &tree) { return tree.appliesTo.contains(type); });
    return it == trees.end() ? nullptr : &*it;
}

QString isText(const YamlNodePtr &node)
{
    return node && node->kind == YamlNode::Kind::Scalar ? node->text : QString();
}

/// `min` and `max`, which narrow what the action itself allows.
void readBounds(YamlReader &reader, StepParameter &parameter)
{
    const Range allowed{parameter.min.value_or(Range{}.min), parameter.max.value_or(Range{}.max)};
    const auto read = [&](QLatin1StringView key, std::optional<double> &out) {
        std::optional<qint64> whole;
        switch (parameter.type) {
        case ParameterType::Duration:
            if (reader.duration(key, whole, allowed))
                out = double(*whole);
            return;
        case ParameterType::Size:
            if (reader.size(key, whole, allowed))
                out = double(*whole);
            return;
        case ParameterType::Integer:
        case ParameterType::Number:
            reader.number(key, out, allowed);
            return;
        default:
            return; // text has none: the keys stay unknown
        }
    };
    read("min"_L1, parameter.min);
    read("max"_L1, parameter.max);
    if (parameter.min && parameter.max && *parameter.min > *parameter.max)
        reader.problem("max"_L1, u"is below min"_s);
}

} // namespace

void ProcedureReader::problem(const YamlPosition &at, const QString &key, const QString &text, ProblemLevel level)
{
    m_problems.append({level, at.file, at.line, at.column, key, text});
}

void ProcedureReader::eachWord(YamlReader &reader, QLatin1StringView key, const QString &kind, const QStringList &known,
                               const std::function<bool(const QString &)> &take)
{
    QStringList all;
    if (!reader.texts(key, all))
        return;
    const YamlNodePtr list = reader.node(key);
    for (qsizetype i = 0; i < all.size(); ++i) {
        if (!take(all[i]))
            problem(list->entries[i].value->at, u"%1[%2]"_s.arg(reader.pathOf(QString(key))).arg(i), unknownWord(kind, all[i], known));
    }
}

void ProcedureReader::read(YamlReader &top)
{
    if (top.text("procedure"_L1, m_procedure.name))
        checkName(top, "procedure"_L1, m_procedure.name);
    top.text("description"_L1, m_procedure.text);
    readTypes(top);
    checkCauses(top);
    readManagers(top);
    top.texts("services"_L1, m_procedure.services);
    m_procedure.when = readWhen(top);
    UniqueNames ids;
    top.require("steps"_L1, u"a list of steps"_s);
    const bool listed = top.list("steps"_L1, [&](YamlReader &reader) {
        ProcedureStep step;
        readStep(reader, step);
        ids.take(reader, "id"_L1, step.id);
        m_procedure.steps << step;
    });
    if (listed && m_procedure.steps.isEmpty())
        top.problem("steps"_L1, u"is empty, expected one step at least"_s);
    m_procedure.queries = m_notes.queries;
    checkFacts();
}

void ProcedureReader::readTypes(YamlReader &top)
{
    top.require("applies_to"_L1, u"a list of error types"_s);
    eachWord(top, "applies_to"_L1, u"error type"_s, words<ErrorType>(), [this](const QString &word) {
        const auto type = fromString<ErrorType>(word);
        if (type && !m_procedure.appliesTo.contains(*type))
            m_procedure.appliesTo << *type;
        return type.has_value();
    });
    if (top.has("applies_to"_L1) && isText(top.node("applies_to"_L1)).isEmpty() && top.node("applies_to"_L1)->entries.isEmpty())
        top.problem("applies_to"_L1, u"is empty, expected one error type at least"_s);
}

void ProcedureReader::readManagers(YamlReader &top)
{
    eachWord(top, "managers"_L1, u"manager"_s, words<Manager>(), [this](const QString &word) {
        const auto manager = fromString<Manager>(word);
        if (manager)
            m_procedure.managers << *manager;
        return manager.has_value();
    });
}

/// A cause must be one of the trees that diagnose these types; of a type without a tree nothing is known.
void ProcedureReader::checkCauses(YamlReader &top)
{
    QStringList known;
    bool allKnown = true;
    for (const ErrorType type : std::as_const(m_procedure.appliesTo)) {
        const DecisionTree *tree = treeOf(m_trees, type);
        allKnown = allKnown && tree;
        for (const TreeCause &cause : tree ? tree->causes : QList<TreeCause>())
            known << cause.id;
    }
    eachWord(top, "causes"_L1, u"cause of these error types"_s, known, [&](const QString &word) {
        m_procedure.causes << word;
        return !allKnown || known.contains(word);
    });
}

void ProcedureReader::readStep(YamlReader &reader, ProcedureStep &step)
{
    if (reader.require("id"_L1, u"a word that names the step"_s) && reader.text("id"_L1, step.id))
        checkName(reader, "id"_L1, step.id);
    reader.text("text"_L1, step.text);
    reader.require("action"_L1, u"one of "_s + words<ActionType>().join(u", "_s));
    QString action;
    if (reader.text("action"_L1, action)) {
        if (const auto type = fromString<ActionType>(action)) {
            step.action = *type;
            readParameters(reader, step);
        } else {
            reader.problem("action"_L1, unknownWord(u"action"_s, action, words<ActionType>()));
        }
    }
    reader.ignore("parameters"_L1); // which ones an unknown action takes is not known
    step.when = readWhen(reader);
    reader.duration("timeout"_L1, step.timeoutMs, timeoutRange);
    readVerify(reader, step);
    QString word;
    if (reader.choice("on_failure"_L1, word, afterFailure))
        step.onFailure = OnFailure(afterFailure.indexOf(word));
    if (reader.choice("approve"_L1, word, {u"one"_s, u"two"_s}))
        step.approvals = word == "two"_L1 ? 2 : 1;
    reader.boolean("repeat"_L1, step.repeat);
}

void ProcedureReader::readVerify(YamlReader &reader, ProcedureStep &step)
{
    QString word;
    const YamlNodePtr written = reader.node("verify"_L1);
    if (written && written->kind == YamlNode::Kind::Map) {
        reader.map("verify"_L1, [&](YamlReader &verify) {
            verify.choice("what"_L1, word, verifications);
            verify.duration("settle"_L1, step.settleMs, settleRange);
        });
    } else {
        reader.choice("verify"_L1, word, verifications);
    }
    if (!word.isEmpty())
        step.verify = StepVerify(verifications.indexOf(word));
}

std::optional<FactCondition> ProcedureReader::readWhen(YamlReader &reader)
{
    std::optional<FactCondition> when;
    reader.map("when"_L1, [&](YamlReader &condition) { when = readCondition(condition, m_notes); });
    const qsizetype probes = m_notes.queries.removeIf([](const TreeQuery &query) { return query.kind == TreeQuery::Kind::Probe; });
    if (probes > 0)
        reader.problem("when"_L1, u"asks a probe, which only decision trees do; ask for what is already known"_s);
    return when;
}

void ProcedureReader::readParameters(YamlReader &reader, ProcedureStep &step)
{
    const QList<StepParameter> taken = parametersOf(step.action);
    reader.map("parameters"_L1, [&](YamlReader &map) {
        for (const StepParameter &known : taken) {
            const QByteArray bytes = known.name.toLatin1();
            const QLatin1StringView key(bytes);
            StepParameter parameter = known;
            const YamlNodePtr written = map.node(key);
            if (!written)
                continue;
            if (written->kind == YamlNode::Kind::Map)
                map.map(key, [&](YamlReader &one) { readFactValue(one, parameter); });
            else if (map.text(key, parameter.value)) {
                if (const auto value = typedValue(parameter, parameter.value); !value)
                    map.problem(key, value.error().message);
            }
            step.parameters << parameter;
        }
        if (taken.isEmpty() && !map.self()->entries.isEmpty())
            map.problem(toString(step.action) + u" takes no parameters"_s);
    });
}

void ProcedureReader::readFactValue(YamlReader &reader, StepParameter &parameter)
{
    if (reader.require("fact"_L1, u"the key of a fact, such as unit.main_pid"_s) && reader.text("fact"_L1, parameter.fact))
        m_values << TreePlace{parameter.fact, reader.pathOf(u"fact"), reader.node("fact"_L1)->at};
    QString type;
    if (reader.choice("type"_L1, type, parameterTypes()) && type != toString(parameter.type))
        reader.problem("type"_L1, u"is \"%1\", but this parameter is of type %2"_s.arg(type, toString(parameter.type)));
    readBounds(reader, parameter);
    if (!reader.text("otherwise"_L1, parameter.otherwise))
        return;
    if (const auto value = typedValue(parameter, parameter.otherwise); !value)
        reader.problem("otherwise"_L1, value.error().message);
}

/// A condition on a fact that nobody knows is never true, which may be meant; a value taken from it is a mistake.
void ProcedureReader::checkFacts()
{
    const auto check = [this](const QList<TreePlace> &places, ProblemLevel level) {
        for (const TreePlace &place : places) {
            const QString nearest = nearestWord(place.id, knownFacts());
            const QString hint = nearest.isEmpty() ? QString() : u", the nearest known one is \"%1\""_s.arg(nearest);
            if (!isKnownFact(place.id))
                problem(place.at, place.key, u"no fact is ever named \"%1\""_s.arg(place.id) + hint, level);
        }
    };
    check(m_notes.facts, ProblemLevel::Warning);
    check(m_values, ProblemLevel::Error);
}

} // namespace prunella
