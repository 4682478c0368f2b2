#pragma once
/// @file TemplateMiner.h
/// Online log template miner: one line in, one template id out.
///
/// Method: (1) the header of raw lines is cut off (LogHeader); (2) variable parts are masked by shape (LogTokenizer, the
/// idea of Drain's preprocessing, He et al. 2017, but one fixed scanner); (3) masked lines are grouped by exact hash;
/// (4) a new masked line joins a template with which it differs in one place only if that place is known to vary;
/// places prove variable when enough different words were seen there with all else equal (per-position variability,
/// Brain, Yu et al. 2023, made incremental); templates mined before are then merged and their ids become aliases.
#include "core/detection/LogHeader.h"
#include "core/detection/LogTokenizer.h"
#include "core/detection/TemplateIndex.h"
#include "core/detection/TemplateStore.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

/// What a line is.
enum class LineFormat : std::uint8_t {
    Message, ///< the line is the message
    Raw      ///< time, host, level ... come first and are found by the miner
};

/// A template for display.
struct TemplateInfo {
    TemplateId id = kNoTemplate;
    std::string text;    ///< "Connection from <*> closed"
    std::string example; ///< a line of it, bounded
    std::uint64_t count = 0;
    std::int64_t firstMs = 0;
    std::int64_t lastMs = 0;
    LogLevel level = LogLevel::Unknown;
};

/// Not thread safe; one instance per log source or one for all. Memory is bounded by kMaxMemory whatever the input.
class TemplateMiner {
public:
    static constexpr std::size_t kMaxMemory = std::size_t{64} << 20; ///< bytes, never exceeded
    static constexpr std::uint32_t kPlaceContext = 2;  ///< literal words needed to put a word where a number was
    static constexpr std::uint32_t kStrongContext = 3; ///< literal words around a place that make evidence strong
    static constexpr std::size_t kStrongValues = 5;    ///< different words that prove a place variable, strong context
    static constexpr std::size_t kKnownValues = 3;  ///< ... that are all known as values from other places
    static constexpr std::size_t kMediumValues = 8;    ///< ... two literal words around
    static constexpr std::size_t kWeakValues = 12;     ///< ... one literal word around
    static constexpr std::uint64_t kWarmLines = 100;   ///< raw lines before templates are merged

    explicit TemplateMiner(LineFormat format = LineFormat::Raw);

    /// Template of one line, at once. `timeMs` is the caller's clock (for first and last seen).
    TemplateId add(std::string_view line, std::int64_t timeMs = 0);

    /// Current id behind an id returned earlier; kNoTemplate if it was evicted.
    [[nodiscard]] TemplateId resolve(TemplateId id) const { return store_.resolve(id); }

    /// Ends the warm-up early (end of a short file), so that ids can be resolved.
    void finish();

    [[nodiscard]] std::optional<TemplateInfo> info(TemplateId id) const;
    [[nodiscard]] std::vector<TemplateInfo> templates() const;
    [[nodiscard]] std::size_t memoryBytes() const;
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    [[nodiscard]] std::uint64_t evictions() const { return store_.evictions(); }

    /// Versioned byte string of templates and header; restore() rejects what is not valid and then leaves
    /// the miner as it was.
    [[nodiscard]] std::string serialize() const;
    bool restore(std::string_view bytes);

private:
    TemplateId place(std::string_view message, std::string_view line, std::int64_t timeMs, std::uint64_t lines);
    TemplateId placeNew(TemplatePattern pattern, std::uint64_t hash, std::string_view line, std::int64_t timeMs);
    TemplateId matchKnownPlace(const std::vector<TemplateSpan> &spans);
    void integrate(TemplateId id);
    void absorbWords(TemplateId root, std::uint64_t hash);
    bool mergeProven(TemplateId root, const std::vector<TemplateSpan> &spans);
    void mergeSlot(TemplateId root, const SlotIndex::Slot &slot, const TemplateSpan &span);
    [[nodiscard]] static std::size_t valuesNeeded(const TemplateSpan &span);
    [[nodiscard]] bool proven(const SlotIndex::Slot &slot, const TemplateSpan &span) const;
    void learnHeader();
    void remine();
    void rebuildIndex();

    LineFormat format_;
    bool merging_;
    std::uint64_t lines_ = 0;
    std::uint64_t nextLearn_;
    bool settled_ = false; ///< the header has been learnt from enough lines
    LogHeader header_;
    LogTokenizer tokenizer_;
    TemplateStore store_;
    FormIndex forms_;
    SlotIndex slots_;
    ValueWords values_;
};

} // namespace prunella
