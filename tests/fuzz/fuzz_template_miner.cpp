// Any bytes as log lines: the miner's memory stays within its bound, and what it saved is restored or refused whole.
#include "core/detection/TemplateMiner.h"

#include <cstdlib>

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char *data, std::size_t size)
{
    using namespace prunella;
    if (size < 1)
        return 0;
    const std::string_view bytes(reinterpret_cast<const char *>(data + 1), size - 1);
    if ((data[0] & 3) == 3) {
        TemplateMiner miner;
        static_cast<void>(miner.restore(bytes));
        static_cast<void>(miner.add("Connection from 10.0.0.1 closed", 1));
        return 0;
    }
    TemplateMiner miner((data[0] & 1) != 0 ? LineFormat::Raw : LineFormat::Message);
    std::size_t from = 0;
    while (from <= bytes.size()) {
        const std::size_t end = std::min(bytes.find('\n', from), bytes.size());
        const TemplateId id = miner.add(bytes.substr(from, end - from), 1);
        require(id == kNoTemplate || miner.resolve(id) != kNoTemplate || miner.evictions() > 0);
        from = end + 1;
    }
    miner.finish();
    require(miner.memoryBytes() <= TemplateMiner::kMaxMemory);
    const std::string saved = miner.serialize();
    TemplateMiner next((data[0] & 1) != 0 ? LineFormat::Raw : LineFormat::Message);
    require(next.restore(saved));
    require(next.templates().size() == miner.templates().size());
    return 0;
}
