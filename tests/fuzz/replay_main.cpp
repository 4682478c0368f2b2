// Stands for libFuzzer where the compiler has none: every seed whole, and cut off at up to 256 places.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);

namespace {

std::vector<std::filesystem::path> filesBelow(const std::filesystem::path &folder)
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(folder, error)) {
        if (entry.is_regular_file(error))
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end()); // the same order everywhere
    return files;
}

/// Each cut is a copy of its own, so that reading beyond the end is seen by a sanitizer.
std::size_t replay(const std::vector<char> &seed)
{
    const std::size_t step = std::max<std::size_t>(1, seed.size() / 256);
    std::size_t runs = 0;
    for (std::size_t size = 0; size <= seed.size(); size = size < seed.size() ? std::min(size + step, seed.size()) : size + 1) {
        const std::vector<std::uint8_t> cut(seed.begin(), seed.begin() + std::ptrdiff_t(size));
        LLVMFuzzerTestOneInput(cut.data(), cut.size());
        ++runs;
    }
    return runs;
}

} // namespace

int main(int count, char **words)
{
    std::size_t seeds = 0, runs = 0;
    for (int index = 1; index < count; ++index) {
        for (const auto &path : filesBelow(words[index])) {
            std::printf("%s\n", path.c_str()); // before it runs: the last one printed is the one that crashed
            std::fflush(stdout);
            std::ifstream file(path, std::ios::binary);
            runs += replay({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
            ++seeds;
        }
    }
    std::printf("%zu seeds, %zu runs\n", seeds, runs);
    return seeds > 0 ? 0 : 1; // a fuzzer without seeds has shown nothing
}
