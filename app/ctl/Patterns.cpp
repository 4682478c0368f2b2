// Message templates of a recorded log, by the live miner.
#include "app/ctl/Commands.h"
#include "core/base/Clock.h"
#include "core/detection/TemplateMiner.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonObject>

#include <fstream>
#include <iostream>

namespace prunella::ctl {
namespace {

QJsonObject templateJson(const TemplateInfo &info)
{
    return {{QStringLiteral("cluster_id"), qint64(info.id)},
            {QStringLiteral("template"), QString::fromUtf8(info.text)},
            {QStringLiteral("example"), QString::fromUtf8(info.example)},
            {QStringLiteral("level"), QString::fromLatin1(levelName(info.level).data(), qsizetype(levelName(info.level).size()))},
            {QStringLiteral("count"), qint64(info.count)}};
}

void printTemplates(const TemplateMiner &miner, bool json)
{
    auto templates = miner.templates();
    std::stable_sort(templates.begin(), templates.end(), [](const auto &a, const auto &b) { return a.count > b.count; });
    QJsonArray array;
    QList<QStringList> rows;
    for (const TemplateInfo &info : templates) {
        array.append(templateJson(info));
        rows.append({QString::number(info.count), QString::number(info.id), QString::fromUtf8(info.text)});
    }
    if (json)
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("lines"), qint64(miner.lines())}, {QStringLiteral("templates"), array}});
    else
        printTable({QStringLiteral("COUNT"), QStringLiteral("ID"), QStringLiteral("TEMPLATE")}, rows);
}

Status writeAssignments(const TemplateMiner &miner, const std::vector<TemplateId> &ids, const std::string &output)
{
    std::ofstream out(output, std::ios::trunc);
    out << "LineId,cluster_id\n";
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const TemplateId root = miner.resolve(ids[i]);
        out << i + 1 << ',' << (root == kNoTemplate ? ids[i] : root) << '\n';
    }
    out.close();
    return out ? Status() : failure(ErrorCode::Io, QStringLiteral("%1 cannot be written").arg(qs(output)));
}

} // namespace

int patterns(const Options &options, const PatternOptions &how)
{
    std::ifstream in(how.input, std::ios::binary);
    if (!in)
        return complain({ErrorCode::NotFound, QStringLiteral("%1 cannot be read").arg(qs(how.input))});
    TemplateMiner miner(how.format == "message" ? LineFormat::Message : LineFormat::Raw);
    std::vector<TemplateId> ids;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        ids.push_back(miner.add(line, qint64(ids.size())));
    }
    if (in.bad()) // a directory, a disk that fails
        return complain({ErrorCode::NotFound, QStringLiteral("%1 cannot be read").arg(qs(how.input))});
    miner.finish();
    if (!how.output.empty()) {
        if (const auto written = writeAssignments(miner, ids, how.output); !written)
            return complain(written.error());
    }
    if (options.json || how.output.empty())
        printTemplates(miner, options.json);
    return Done;
}

} // namespace prunella::ctl
