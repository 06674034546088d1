#include "corpus.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>

#include "family.h"

namespace assay::synth {

struct Corpus::State {
  State(const std::filesystem::path& words, CorpusOptions given)
      : options(std::move(given)),
        lexicon(Lexicon::load(words)),
        grammar(words, {"sentences.txt", "intents.txt", "instructions.txt", "problems.txt", "passages.txt"}, lexicon) {
    double sum = 0;
    for (const auto& family : registry()) {
      if (options.mixture.empty()) {
        sum += family.share;
      } else if (const auto found = options.mixture.find(std::string(family.name)); found != options.mixture.end()) {
        if (!(found->second >= 0))
          throw BadInput(fmt::format("mixture: the share of '{}' is {}", family.name, found->second));
        sum += found->second;
      }
      bounds.push_back(sum);
    }
    for (const auto& [name, share] : options.mixture) find(name);
    if (!(sum > 0)) throw BadInput("mixture: no family has a share above 0");
    if (options.max_words < 40)
      throw BadInput(fmt::format("max_words is {}; documents need at least 40 words", options.max_words));
  }

  static const Family& find(std::string_view name) {
    const auto& all = registry();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Family& f) { return f.name == name; });
    if (found != all.end()) return *found;
    std::string names;
    for (const auto& family : all) names += (names.empty() ? "" : ", ") + std::string(family.name);
    throw BadInput(fmt::format("the corpus has no family '{}'; it has {}", name, names));
  }

  const Family& drawn(std::uint64_t index) const {
    Rng rng(options.seed, "family", index);
    const double at = rng.uniform() * bounds.back();
    const auto found = std::upper_bound(bounds.begin(), bounds.end(), at);
    return registry()[static_cast<std::size_t>(std::min(found, bounds.end() - 1) - bounds.begin())];
  }

  Document write(const Family& family, std::uint64_t index) const {
    Rng rng(options.seed, family.name, index);
    return family.write(World{lexicon, grammar}, rng, options.max_words);
  }

  CorpusOptions options;
  Lexicon lexicon;
  Grammar grammar;
  std::vector<double> bounds;  // running sums of the families' shares
};

Corpus::Corpus(const std::filesystem::path& words, CorpusOptions options)
    : state_(std::make_unique<const State>(words, std::move(options))) {}
Corpus::~Corpus() = default;
Corpus::Corpus(Corpus&&) noexcept = default;
Corpus& Corpus::operator=(Corpus&&) noexcept = default;

Document Corpus::document(std::uint64_t index) const { return state_->write(state_->drawn(index), index); }

std::string_view Corpus::family_of(std::uint64_t index) const { return state_->drawn(index).name; }

Document Corpus::document_of(std::string_view family, std::uint64_t index) const {
  return state_->write(State::find(family), index);
}

std::vector<std::string> Corpus::families() const {
  std::vector<std::string> names;
  for (const auto& family : registry()) names.emplace_back(family.name);
  return names;
}

const Lexicon& Corpus::lexicon() const { return state_->lexicon; }

std::string text_of(const Document& document) {
  std::string text;
  for (const auto& span : document) text += span.text;
  return text;
}

int words_in(std::string_view text) {
  int words = 0;
  char before = ' ';
  for (const char c : text) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (c != ' ' && c != '\n' && (before == ' ' || before == '\n' || digit)) ++words;
    before = c;
  }
  return words;
}

void write_corpus_sample(std::ostream& out, const Corpus& corpus, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i)
    out << fmt::format("---- {} {}\n", i, corpus.family_of(i)) << text_of(corpus.document(i));
}

void write_corpus_shares(std::ostream& out, const Corpus& corpus, std::uint64_t count) {
  struct Tally {
    std::uint64_t documents = 0, words = 0, answers = 0;
  };
  std::map<std::string, Tally, std::less<>> tallies;
  Tally all;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& tally = tallies[std::string(corpus.family_of(i))];
    ++tally.documents;
    for (const auto& span : corpus.document(i)) {
      const auto words = static_cast<std::uint64_t>(words_in(span.text));
      tally.words += words;
      all.words += words;
      if (span.weight == kAnswerWeight) {
        tally.answers += words;
        all.answers += words;
      }
    }
  }
  const auto percent = [](std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  out << fmt::format("{:<16}{:>8}{:>8}{:>10}\n", "family", "docs %", "words %", "answers %");
  for (const auto& name : corpus.families()) {
    const auto& tally = tallies[name];
    out << fmt::format("{:<16}{:>8.1f}{:>8.1f}{:>10.1f}\n", name, percent(tally.documents, count),
                       percent(tally.words, all.words), percent(tally.answers, all.answers));
  }
  out << fmt::format("{} documents, {} words, {:.1f} words a document, {:.1f} % of the words are answers\n", count,
                     all.words, count == 0 ? 0.0 : static_cast<double>(all.words) / static_cast<double>(count),
                     percent(all.answers, all.words));
}

}  // namespace assay::synth
