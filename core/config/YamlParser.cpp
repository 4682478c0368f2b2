// The only file that includes yaml-cpp: its events become YamlNodes, its exceptions become problems.
#include "core/config/RawYaml.h"
#include "core/config/YamlNode.h"

#include <QFile>
#include <QHash>
#include <QStringDecoder>

#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr qint64 kMaxFileBytes = 4 * 1024 * 1024; // a configuration beyond this is a mistake (or a device file)

ConfigProblem problemAt(const YamlPosition &at, const QString &key, const QString &text)
{
    return {ProblemLevel::Error, at.file, at.line, at.column, key, text};
}

/// yaml-cpp counts neither lone CRs as lines nor characters as columns: so it gets LF only, and columns are recounted.
class Source
{
public:
    Source(QString file, QByteArray bytes) : m_file(std::move(file)), m_bytes(std::move(bytes))
    {
        if (m_bytes.startsWith("\xEF\xBB\xBF"))
            m_bytes.remove(0, 3);
        m_bytes.replace("\r\n", "\n").replace('\r', '\n');
        m_lines = m_bytes.split('\n');
    }
    [[nodiscard]] const QByteArray &bytes() const { return m_bytes; }
    [[nodiscard]] YamlPosition position(const YAML::Mark &mark) const
    {
        if (mark.line < 0)
            return {m_file, 0, 0};
        const QByteArray before = m_lines.value(mark.line).left(mark.column);
        return {m_file, mark.line + 1, int(QString::fromUtf8(before).size()) + 1};
    }
    [[nodiscard]] YamlPosition position(qsizetype byte) const
    {
        const QByteArray before = m_bytes.first(byte);
        const qsizetype lineStart = before.lastIndexOf('\n') + 1;
        return {m_file, int(before.count('\n')) + 1, int(QString::fromUtf8(before.sliced(lineStart)).size()) + 1};
    }
    /// The library's words, or better ones where a beginner would not understand them.
    [[nodiscard]] QString explain(const YAML::Exception &error) const
    {
        const QByteArray line = m_lines.value(error.mark.line);
        const auto indent = std::find_if(line.cbegin(), line.cend(), [](char c) { return c != ' '; });
        if (indent != line.cend() && *indent == '\t')
            return u"the line is indented with a tab, expected spaces"_s;
        if (error.msg == "end of map flow not found")
            return u"a map that was opened with { is not closed, expected , or }"_s;
        if (error.msg == "end of sequence flow not found")
            return u"a list that was opened with [ is not closed, expected , or ]"_s;
        return u"YAML syntax: "_s + QString::fromStdString(error.msg);
    }
    /// The first line that is not UTF-8, from 1, or 0.
    [[nodiscard]] int badLine() const
    {
        for (int i = 0; i < m_lines.size(); ++i) {
            QStringDecoder decoder(QStringDecoder::Utf8);
            const QString text = decoder.decode(m_lines.at(i));
            if (decoder.hasError() || text.contains(QChar(0)))
                return i + 1;
        }
        return 0;
    }

private:
    QString m_file;
    QByteArray m_bytes;
    QList<QByteArray> m_lines;
};

/// Builds the tree while the parser walks the file.
class TreeBuilder final : public YAML::EventHandler
{
public:
    explicit TreeBuilder(const Source &source) : m_source(source) {}

    YamlNodePtr root = std::make_shared<YamlNode>();
    QList<ConfigProblem> problems;

    void OnDocumentStart(const YAML::Mark &) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        const auto node = make(YamlNode::Kind::Null, mark);
        if (!m_stack.empty() && m_stack.back().node->kind == YamlNode::Kind::List)
            node->at = m_stack.back().node->at; // the library gives the place of whatever comes next
        add(node, anchor);
    }
    void OnScalar(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor, const std::string &value) override
    {
        auto node = make(YamlNode::Kind::Scalar, mark);
        node->text = QString::fromStdString(value);
        add(node, anchor);
    }
    void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override
    {
        YamlNodePtr target = m_anchors.value(anchor);
        if (!target) {
            problems.append(problemAt(m_source.position(mark), path(), u"the alias stands inside the value that it names"_s));
            target = make(YamlNode::Kind::Null, mark);
        }
        attach(target, m_source.position(mark), true);
    }
    void OnSequenceStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        m_stack.push_back({make(YamlNode::Kind::List, mark), anchor, {}, {}, false});
    }
    void OnMapStart(const YAML::Mark &mark, const std::string &, YAML::anchor_t anchor, YAML::EmitterStyle::value) override
    {
        m_stack.push_back({make(YamlNode::Kind::Map, mark), anchor, {}, {}, false});
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override
    {
        inherit(*m_stack.back().node);
        close();
    }

private:
    struct Frame {
        std::shared_ptr<YamlNode> node;
        YAML::anchor_t anchor = 0;
        QString key;
        YamlPosition keyAt;
        bool hasKey = false;
    };

    std::shared_ptr<YamlNode> make(YamlNode::Kind kind, const YAML::Mark &mark) const
    {
        auto node = std::make_shared<YamlNode>();
        node->kind = kind;
        node->at = m_source.position(mark);
        return node;
    }
    void close()
    {
        const Frame frame = m_stack.back();
        m_stack.pop_back();
        add(frame.node, frame.anchor);
    }
    void add(const YamlNodePtr &node, YAML::anchor_t anchor)
    {
        if (anchor != 0)
            m_anchors.insert(anchor, node);
        attach(node, node->at, false);
    }
    void attach(const YamlNodePtr &node, const YamlPosition &at, bool shared)
    {
        if (m_stack.empty()) {
            root = node;
            return;
        }
        Frame &frame = m_stack.back();
        if (frame.node->kind == YamlNode::Kind::List) {
            frame.node->entries.append({{}, at, node, shared});
        } else if (!frame.hasKey) {
            takeKey(frame, *node, at);
        } else {
            frame.node->entries.append({frame.key, frame.keyAt, node, shared});
            frame.hasKey = false;
        }
    }
    void takeKey(Frame &frame, const YamlNode &node, const YamlPosition &at)
    {
        frame.hasKey = true;
        frame.key = node.kind == YamlNode::Kind::Null ? u"null"_s : node.text;
        frame.keyAt = at;
        if (node.kind != YamlNode::Kind::Scalar && node.kind != YamlNode::Kind::Null)
            problems.append(problemAt(at, path(), u"a list or map cannot be a key, expected a word"_s));
        else if (const YamlEntry *first = frame.node->find(frame.key))
            problems.append(problemAt(at, path(), u"duplicate key, it stands already in line %1"_s.arg(first->at.line)));
    }
    /// `<<: *base` (or a list of them): what the map does not say itself comes from there.
    void inherit(YamlNode &map)
    {
        const YamlEntry *merge = map.find(u"<<");
        if (!merge)
            return;
        const YamlEntry source = *merge;
        map.entries.removeIf([](const YamlEntry &entry) { return entry.key == "<<"_L1; });
        QList<YamlEntry> bases{source};
        if (source.value->kind == YamlNode::Kind::List)
            bases = source.value->entries;
        for (const YamlEntry &base : std::as_const(bases)) {
            if (base.value->kind != YamlNode::Kind::Map)
                problems.append(problemAt(base.at, path(), u"\"<<\" takes a map or an alias of one"_s));
            for (const YamlEntry &entry : base.value->entries) {
                if (base.value->kind == YamlNode::Kind::Map && !map.find(entry.key))
                    map.entries.append({entry.key, entry.at, entry.value, true});
            }
        }
    }
    [[nodiscard]] QString path() const
    {
        QString text;
        for (const Frame &frame : m_stack) {
            if (frame.node->kind == YamlNode::Kind::List)
                text += u"[%1]"_s.arg(frame.node->entries.size());
            else
                text += (text.isEmpty() ? QString() : u"."_s) + frame.key;
        }
        return text;
    }

    const Source &m_source;
    std::vector<Frame> m_stack;
    QHash<YAML::anchor_t, YamlNodePtr> m_anchors;
};

/// A second document would silently be ignored: it is a problem instead.
class SecondDocument final : public YAML::EventHandler
{
public:
    YAML::Mark at;
    void OnDocumentStart(const YAML::Mark &mark) override { at = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark &, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark &, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark &, const std::string &, YAML::anchor_t, const std::string &) override {}
    void OnSequenceStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

void parseInto(YamlDocument &document, const Source &source)
{
    TreeBuilder builder(source);
    try {
        std::istringstream stream(source.bytes().toStdString());
        YAML::Parser parser(stream);
        parser.HandleNextDocument(builder);
        document.problems += builder.problems;
        document.root = builder.root;
        if (const auto quote = unclosedQuote(source.bytes()))
            document.problems.append(problemAt(source.position(*quote), {}, u"the quote that begins here is not closed"_s));
        SecondDocument second;
        if (parser.HandleNextDocument(second))
            document.problems.append(problemAt(source.position(second.at), {}, u"a second document begins here, expected only one in the file"_s));
    } catch (const YAML::Exception &error) {
        document.problems.append(problemAt(source.position(error.mark), {}, source.explain(error)));
        document.root = std::make_shared<YamlNode>();
    } catch (const std::exception &error) {
        document.problems.append(problemAt(source.position(YAML::Mark::null_mark()), {}, u"YAML: "_s + QString::fromUtf8(error.what())));
        document.root = std::make_shared<YamlNode>();
    }
}

} // namespace

YamlDocument parseYaml(const QString &file, const QByteArray &bytes)
{
    YamlDocument document{std::make_shared<YamlNode>(), {}};
    if (bytes.size() > kMaxFileBytes) {
        document.problems.append(problemAt({file, 0, 0}, {}, u"the file is larger than 4 MiB, expected a configuration"_s));
        return document;
    }
    const Source source(file, bytes);
    if (const int line = source.badLine())
        document.problems.append(problemAt({file, line, 1}, {}, u"the line is not UTF-8 text; save the file as UTF-8"_s));
    else
        parseInto(document, source);
    return document;
}

YamlDocument readYamlFile(const QString &file)
{
    QFile device(file);
    if (!device.open(QIODevice::ReadOnly)) {
        const QString text = u"cannot be read: "_s + device.errorString();
        return {std::make_shared<YamlNode>(), {problemAt({file, 0, 0}, {}, text)}};
    }
    return parseYaml(file, device.read(kMaxFileBytes + 1));
}

} // namespace prunella
