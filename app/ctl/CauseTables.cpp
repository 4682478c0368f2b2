#include "app/ctl/CauseTables.h"

#include "app/ctl/Common.h"
#include "app/ctl/Csv.h"

#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>
#include <unordered_map>

namespace prunella::ctl {
namespace {

struct Row { int line = 0; std::vector<std::string> cells; };
using Rows = std::vector<Row>;

tl::unexpected<Error> wrong(const std::string &file, int line, const QString &what)
{
    return failure(ErrorCode::Invalid, line > 0 ? QStringLiteral("%1:%2: %3").arg(qs(file)).arg(line).arg(what)
                                                : QStringLiteral("%1: %2").arg(qs(file), what));
}

std::string trimmed(const std::string &cell)
{
    const auto first = cell.find_first_not_of(" \t"), last = cell.find_last_not_of(" \t");
    return first == std::string::npos ? std::string() : cell.substr(first, last - first + 1);
}

/// All lines that are not empty, without a byte order mark.
Result<Rows> readRows(const std::string &file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return failure(ErrorCode::NotFound, QStringLiteral("%1 cannot be read").arg(qs(file)));
    Rows rows;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (number == 1 && line.starts_with("\xEF\xBB\xBF"))
            line.erase(0, 3);
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        rows.push_back({number, csvFields(line)});
        for (std::string &cell : rows.back().cells)
            cell = trimmed(cell);
    }
    if (in.bad())
        return failure(ErrorCode::NotFound, QStringLiteral("%1 cannot be read").arg(qs(file)));
    if (rows.empty())
        return wrong(file, 0, QStringLiteral("is empty"));
    return rows;
}

/// A finite number; NaN for an empty cell and for "nan"; nothing for anything else.
std::optional<double> numberOf(const std::string &cell)
{
    if (cell.empty())
        return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    const char *begin = cell.data() + (cell.front() == '+' ? 1 : 0), *end = cell.data() + cell.size();
    const auto [stop, error] = std::from_chars(begin, end, value);
    if (error != std::errc() || stop != end || std::isinf(value))
        return std::nullopt;
    return value;
}

class NodeNumbers
{
public:
    explicit NodeNumbers(Topology &topology) : m_topology(topology) {}
    int of(const std::string &name)
    {
        const auto [it, added] = m_known.try_emplace(name, int(m_topology.nodes.size()));
        if (added)
            m_topology.nodes.push_back(name);
        return it->second;
    }
    [[nodiscard]] bool knows(const std::string &name) const { return m_known.contains(name); }

private:
    Topology &m_topology;
    std::unordered_map<std::string, int> m_known;
};

Result<Topology> readCalls(const std::string &file, const Rows &rows)
{
    Topology topology;
    NodeNumbers numbers(topology);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto &cells = rows[i].cells;
        if (cells.size() != 2 || cells[0].empty() || cells[1].empty())
            return wrong(file, rows[i].line, QStringLiteral("expected caller,callee"));
        const int caller = numbers.of(cells[0]);
        topology.calls.push_back({caller, numbers.of(cells[1])});
    }
    if (topology.calls.empty())
        return wrong(file, 0, QStringLiteral("has no calls after its header"));
    return topology;
}

Result<Topology> readMatrix(const std::string &file, const Rows &rows)
{
    Topology topology;
    NodeNumbers numbers(topology);
    const auto &header = rows[0].cells;
    if (header.size() < 2 || rows.size() < 2)
        return wrong(file, rows[0].line, QStringLiteral("is neither a list of calls (header caller,callee) nor a matrix (names in the header and the first column)"));
    for (std::size_t i = 1; i < header.size(); ++i) {
        if (header[i].empty() || numbers.knows(header[i]))
            return wrong(file, rows[0].line, QStringLiteral("column %1 has no name of its own: \"%2\"").arg(i + 1).arg(qs(header[i])));
        numbers.of(header[i]);
    }
    for (std::size_t r = 1; r < rows.size(); ++r) {
        const auto &cells = rows[r].cells;
        if (cells[0].empty() || cells.size() > header.size())
            return wrong(file, rows[r].line, QStringLiteral("expected a name and %1 numbers").arg(header.size() - 1));
        const int caller = numbers.of(cells[0]);
        for (std::size_t i = 1; i < cells.size(); ++i) {
            const auto value = numberOf(cells[i]);
            if (!value)
                return wrong(file, rows[r].line, QStringLiteral("column %1 (%2): \"%3\" is no number; with the header caller,callee it would be a list of calls")
                                 .arg(i + 1).arg(qs(header[i]), qs(cells[i])));
            if (std::isfinite(*value) && *value != 0)
                topology.calls.push_back({caller, numbers.of(header[i])});
        }
    }
    return topology;
}

/// The three header rows, and where the values begin: a fourth one that only names the index is left out.
Result<std::vector<ColumnName>> readColumnNames(const std::string &file, const Rows &rows, std::size_t &firstValue)
{
    static const char *const names[] = {"microservice", "metric", "statistic"};
    for (std::size_t i = 0; i < 3; ++i) {
        if (i >= rows.size() || rows[i].cells[0] != names[i])
            return wrong(file, i < rows.size() ? rows[i].line : 0, QStringLiteral("expected header row %1 to begin with %2").arg(i + 1).arg(qs(names[i])));
        if (rows[i].cells.size() != rows[0].cells.size())
            return wrong(file, rows[i].line, QStringLiteral("has %1 columns, the first header row has %2").arg(rows[i].cells.size()).arg(rows[0].cells.size()));
    }
    std::vector<ColumnName> columns;
    for (std::size_t i = 1; i < rows[0].cells.size(); ++i) {
        columns.emplace_back(rows[0].cells[i], rows[1].cells[i], rows[2].cells[i]);
        if (std::get<0>(columns.back()).empty() || std::get<1>(columns.back()).empty())
            return wrong(file, rows[0].line, QStringLiteral("column %1 has no node or no metric").arg(i + 1));
        if (std::find(columns.begin(), columns.end() - 1, columns.back()) != columns.end() - 1)
            return wrong(file, rows[0].line, QStringLiteral("column %1 repeats %2 of %3").arg(i + 1).arg(qs(rows[1].cells[i]), qs(rows[0].cells[i])));
    }
    if (columns.empty())
        return wrong(file, rows[0].line, QStringLiteral("has no columns"));
    firstValue = 3;
    if (rows.size() > 3) {
        const auto &cells = rows[3].cells;
        const bool onlyIndex = !numberOf(cells[0]) && std::all_of(cells.begin() + 1, cells.end(), [](const auto &cell) { return cell.empty(); });
        firstValue += onlyIndex ? 1 : 0;
    }
    return columns;
}

Status readValues(const std::string &file, const Row &row, const std::vector<ColumnName> &columns, std::vector<double> &values)
{
    const auto time = numberOf(row.cells[0]);
    if (!time || !std::isfinite(*time))
        return wrong(file, row.line, QStringLiteral("no time in epoch seconds: \"%1\"").arg(qs(row.cells[0])));
    if (row.cells.size() > columns.size() + 1)
        return wrong(file, row.line, QStringLiteral("has %1 columns, its header %2").arg(row.cells.size()).arg(columns.size() + 1));
    values.assign(columns.size() + 1, std::numeric_limits<double>::quiet_NaN());
    values[0] = *time;
    for (std::size_t i = 1; i < row.cells.size(); ++i) {
        const auto value = numberOf(row.cells[i]);
        if (!value)
            return wrong(file, row.line, QStringLiteral("column %1 (%2 %3): \"%4\" is no number")
                             .arg(i + 1).arg(qs(std::get<0>(columns[i - 1])), qs(std::get<1>(columns[i - 1])), qs(row.cells[i])));
        values[i] = *value;
    }
    return {};
}

} // namespace

Result<Topology> readTopology(const std::string &file)
{
    const auto rows = readRows(file);
    if (!rows)
        return tl::unexpected(rows.error());
    const auto &header = rows->front().cells;
    const bool calls = header.size() == 2 && header[0] == "caller" && header[1] == "callee";
    return calls ? readCalls(file, *rows) : readMatrix(file, *rows);
}

Result<MetricsTable> readMetrics(const std::string &file)
{
    const auto rows = readRows(file);
    if (!rows)
        return tl::unexpected(rows.error());
    std::size_t first = 0;
    const auto columns = readColumnNames(file, *rows, first);
    if (!columns)
        return tl::unexpected(columns.error());
    std::vector<std::vector<double>> values;
    for (std::size_t i = first; i < rows->size(); ++i) {
        values.emplace_back();
        if (const auto read = readValues(file, (*rows)[i], *columns, values.back()); !read)
            return tl::unexpected(read.error());
    }
    if (values.empty())
        return wrong(file, 0, QStringLiteral("has no row of values"));
    std::stable_sort(values.begin(), values.end(), [](const auto &a, const auto &b) { return a[0] < b[0]; });
    MetricsTable table;
    for (const auto &row : values) {
        table.times.push_back(row[0]);
        for (std::size_t i = 0; i < columns->size(); ++i)
            table.columns[(*columns)[i]].push_back(row[i + 1]);
    }
    return table;
}

} // namespace prunella::ctl
