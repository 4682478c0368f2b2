#include "core/detection/TemplateMiner.h"

#include "core/detection/ByteStream.h"

#include <algorithm>

namespace prunella {

namespace {

constexpr std::string_view kMagic = "PRTM\x01";
constexpr std::uint64_t kFirstLearn = 25;
constexpr std::uint64_t kLastLearn = 6400;  ///< raw lines after which the header is taken as known
constexpr std::uint64_t kSampleEvery = 16;  ///< then one line of this many is looked at
constexpr std::uint64_t kSamples = 1600;    ///< looked-at lines before the header is learnt anew

} // namespace

TemplateMiner::TemplateMiner(LineFormat format)
    : format_(format), merging_(format == LineFormat::Message), nextLearn_(kFirstLearn)
{
}

TemplateId TemplateMiner::add(std::string_view line, std::int64_t timeMs)
{
    ++lines_;
    if (format_ == LineFormat::Message) return place(line, line, timeMs, 1);
    if (!settled_ || lines_ % kSampleEvery == 0) {
        header_.observe(line.substr(0, LogColumns::kMaxBytes));
        if (header_.lines() >= nextLearn_) learnHeader();
    }
    return place(line.substr(header_.messageStart(line)), line, timeMs, 1);
}

/// Learns after 25, 100, 400, 1600 and 6400 lines, later from samples, so that a new format of the source is noticed.
void TemplateMiner::learnHeader()
{
    const bool changed = header_.learn();
    const bool start = !merging_ && header_.lines() >= kWarmLines;
    merging_ = merging_ || start;
    nextLearn_ *= 4;
    if (settled_ || nextLearn_ > kLastLearn) {
        settled_ = true;
        nextLearn_ = kSamples;
        header_.restart();
    }
    if (changed || start) remine();
}

void TemplateMiner::finish()
{
    if (format_ == LineFormat::Message || settled_ || header_.lines() == 0) return;
    const bool changed = header_.learn();
    const bool start = !merging_;
    merging_ = true;
    if (changed || start) remine();
}

TemplateId TemplateMiner::place(std::string_view message, std::string_view line, std::int64_t timeMs,
                                std::uint64_t lines)
{
    tokenizer_.tokenize(message);
    const std::uint64_t hash = TemplatePattern::hashOf(tokenizer_);
    if (tokenizer_.userWord() != 0) values_.insert(TemplatePattern::valueHash(tokenizer_.userWord()));
    TemplateId root = kNoTemplate;
    if (auto *entry = forms_.find(hash)) root = entry->id = store_.resolve(entry->id);
    if (root == kNoTemplate) {
        root = store_.resolve(placeNew(TemplatePattern(tokenizer_, message), hash, line, timeMs));
    }
    store_.touch(root, lines, timeMs);
    return root;
}

TemplateId TemplateMiner::placeNew(TemplatePattern pattern, std::uint64_t hash, std::string_view line,
                                   std::int64_t timeMs)
{
    if (merging_) {
        if (const TemplateId known = matchKnownPlace(pattern.spans()); known != kNoTemplate) {
            forms_.insert(hash, known, false);
            return known;
        }
    }
    for (const auto word : pattern.assignedWords()) values_.insert(word);
    const TemplateId id = store_.create(std::move(pattern), line, timeMs);
    forms_.insert(hash, id, false);
    if (merging_) integrate(id);
    return id;
}

/// A template that equals the new one but for a wildcard in one place: where a number was, a word may be as well.
TemplateId TemplateMiner::matchKnownPlace(const std::vector<TemplateSpan> &spans)
{
    for (const auto &span : spans) {
        const auto *entry = forms_.find(span.blankHash);
        if (entry == nullptr || span.fixedWord) continue;
        const bool proven = (entry->open && !span.chunk) || (span.numbered && span.context > 0);
        if (!proven && span.context < kPlaceContext) continue;
        if (const TemplateId root = store_.resolve(entry->id); root != kNoTemplate) return root;
    }
    return kNoTemplate;
}

/// The first word of a message is its most constant one (Drain's tree rests on that), so it needs strong context.
std::size_t TemplateMiner::valuesNeeded(const TemplateSpan &span)
{
    if (span.context >= kStrongContext) return kStrongValues;
    if (span.context == 0 || span.begin == 0) return SlotIndex::kMaxValues + 1;
    return span.context == 2 ? kMediumValues : kWeakValues;
}

bool TemplateMiner::proven(const SlotIndex::Slot &slot, const TemplateSpan &span) const
{
    std::size_t count = 0;
    std::size_t known = 0;
    for (std::size_t i = 0; i < slot.count; ++i) {
        const auto &member = slot.members[i];
        if (member.chunk || member.fixedWord) continue;
        ++count;
        known += values_.contains(member.value);
    }
    if (span.context >= kStrongContext && known == count && count >= kKnownValues && !span.assigned) return true;
    return count >= valuesNeeded(span);
}

/// Registers a new pattern; every merge makes a more general pattern, which is registered in turn.
void TemplateMiner::integrate(TemplateId id)
{
    for (int round = 0; round < 8; ++round) {
        id = store_.resolve(id);
        if (id == kNoTemplate) return;
        absorbWords(id, store_.node(id).pattern.hash());
        if (!mergeProven(id, store_.node(id).pattern.spans())) return;
    }
}

/// Templates seen before that have a word where `root` has its wildcard.
void TemplateMiner::absorbWords(TemplateId root, std::uint64_t hash)
{
    const auto *slot = slots_.find(hash);
    if (slot == nullptr) return;
    std::uint32_t context = 0;
    for (const auto &piece : store_.node(root).pattern.pieces()) context += piece.letters;
    const bool proven = context >= kPlaceContext || store_.node(root).open;
    for (std::size_t i = 0; i < slot->count; ++i) {
        const auto &member = slot->members[i];
        const TemplateId other = store_.resolve(member.id);
        const bool fits = proven || (member.numbered && context > 0);
        if (fits && !member.fixedWord && other != kNoTemplate && other != root) store_.link(other, root);
    }
}

bool TemplateMiner::mergeProven(TemplateId root, const std::vector<TemplateSpan> &spans)
{
    const auto &pieces = store_.node(root).pattern.pieces();
    for (const auto &span : spans) {
        if (!span.chunk && pieces[span.begin].kind == TokenKind::Variable) continue;
        const SlotIndex::Member member{span.valueHash, root, span.chunk, span.numbered, span.fixedWord};
        const SlotIndex::Slot &slot = slots_.add(span.blankHash, member);
        if (span.chunk || span.fixedWord || !proven(slot, span)) continue;
        mergeSlot(root, slot, span);
        return true;
    }
    return false;
}

void TemplateMiner::mergeSlot(TemplateId root, const SlotIndex::Slot &slot, const TemplateSpan &span)
{
    TemplatePattern pattern = store_.node(root).pattern;
    pattern.blank(span.begin, span.end);
    TemplateId best = root;
    std::vector<TemplateId> all{root};
    for (std::size_t i = 0; i < slot.count; ++i) {
        const TemplateId other = store_.resolve(slot.members[i].id);
        if (slot.members[i].fixedWord || other == kNoTemplate) continue;
        if (std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
        if (store_.node(other).count > store_.node(best).count) best = other;
    }
    const std::uint64_t hash = pattern.hash();
    if (const auto *entry = forms_.find(hash)) {
        const TemplateId other = store_.resolve(entry->id);
        if (other != kNoTemplate && std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
    }
    for (const TemplateId other : all)
        if (other != best) store_.link(other, best);
    store_.node(best).pattern = std::move(pattern);
    store_.node(best).open = true;
    forms_.insert(hash, best, true);
}

/// The header changed: the examples of all templates are mined again, old ids become aliases of the new ones.
void TemplateMiner::remine()
{
    forms_.clear();
    slots_.clear();
    for (const TemplateId id : store_.roots()) {
        if (store_.resolve(id) != id) continue;
        const std::string example = store_.node(id).example;
        if (example.size() >= TemplateStore::kMaxExample) continue;
        const std::int64_t first = store_.node(id).firstMs;
        const std::string_view line = example;
        const TemplateId root = store_.resolve(place(line.substr(header_.messageStart(line)), line, first, 0));
        const TemplateId old = store_.resolve(id);
        if (old != kNoTemplate && root != kNoTemplate && root != old) store_.link(old, root);
    }
}

std::optional<TemplateInfo> TemplateMiner::info(TemplateId id) const
{
    const TemplateId root = store_.resolve(id);
    if (root == kNoTemplate) return std::nullopt;
    const TemplateNode &n = store_.node(root);
    return TemplateInfo{root, n.pattern.text(), n.example, n.count, n.firstMs, n.lastMs, n.level};
}

std::vector<TemplateInfo> TemplateMiner::templates() const
{
    std::vector<TemplateInfo> all;
    for (const TemplateId id : store_.roots()) all.push_back(*info(id));
    return all;
}

std::size_t TemplateMiner::memoryBytes() const
{
    return sizeof(*this) + store_.memoryBytes() + forms_.memoryBytes() + slots_.memoryBytes() + values_.memoryBytes();
}

std::string TemplateMiner::serialize() const
{
    std::string out(kMagic);
    bytes::put(out, static_cast<std::uint64_t>(format_), 1);
    bytes::put(out, merging_ ? 1 : 0, 1);
    bytes::put(out, lines_, 8);
    bytes::put(out, settled_ ? 1 : 0, 1);
    bytes::put(out, static_cast<std::uint64_t>(header_.lastColumn() + 1), 1);
    bytes::put(out, header_.lastShape(), 1);
    store_.serialize(out);
    bytes::put(out, LogTokenizer::hashBytes(out), 8);
    return out;
}

bool TemplateMiner::restore(std::string_view in)
{
    if (in.size() < kMagic.size() + 8 || in.substr(0, kMagic.size()) != kMagic) return false;
    std::string_view sum = in.substr(in.size() - 8);
    in.remove_suffix(8);
    std::uint64_t check = 0, format = 0, merging = 0, lines = 0, settled = 0, column = 0, shape = 0;
    if (!bytes::take(sum, check, 8) || check != LogTokenizer::hashBytes(in)) return false;
    in.remove_prefix(kMagic.size());
    LogHeader header;
    TemplateStore store;
    const bool valid = bytes::take(in, format, 1) && format <= 1 && bytes::take(in, merging, 1) && merging <= 1
                       && bytes::take(in, lines, 8) && bytes::take(in, settled, 1) && settled <= 1
                       && bytes::take(in, column, 1) && bytes::take(in, shape, 1)
                       && header.restore(static_cast<int>(column) - 1, static_cast<std::uint8_t>(shape))
                       && store.restore(in) && in.empty();
    if (!valid) return false;
    header_ = header;
    store_ = std::move(store);
    format_ = static_cast<LineFormat>(format);
    merging_ = merging != 0;
    lines_ = lines;
    settled_ = settled != 0;
    nextLearn_ = settled_ ? kSamples : kFirstLearn;
    rebuildIndex();
    return true;
}

void TemplateMiner::rebuildIndex()
{
    forms_.clear();
    slots_.clear();
    for (const TemplateId id : store_.roots()) {
        const TemplateNode &n = store_.node(id);
        forms_.insert(n.pattern.hash(), id, n.open);
    }
}

} // namespace prunella
