#include "grammar.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <fstream>

namespace assay::synth {

/// Reads one alternative: words, {symbols} and (choices|of|sequences), which may nest.
class Grammar::Reader {
 public:
  Reader(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  Sequence alternative() {
    Sequence out = sequence();
    if (at_ < text_.size()) fail("a ')' or '|' without its '('");
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw BadInput(fmt::format("{}: {} in '{}'", where_, what, text_));
  }

  /// " ( " with spaces around is a word of the text; a bracket that touches its content is grammar.
  bool opens_choice() const { return text_[at_] == '(' && at_ + 1 < text_.size() && text_[at_ + 1] != ' '; }
  bool closes_choice() const { return depth_ > 0 && (text_[at_] == '|' || text_[at_] == ')'); }

  Sequence sequence() {
    Sequence out;
    while (at_ < text_.size() && !closes_choice()) {
      if (text_[at_] == ' ') {
        ++at_;
      } else if (opens_choice()) {
        out.push_back(choice());
      } else {
        out.push_back(word());
      }
    }
    return out;
  }

  Node choice() {
    Node node;
    node.kind = Node::Kind::choice;
    ++depth_;
    do {
      ++at_;
      node.options.push_back(sequence());
      if (at_ == text_.size()) fail("a '(' without its ')'");
    } while (text_[at_] == '|');
    ++at_;
    --depth_;
    return node;
  }

  Node word() {
    Node node;
    const auto start = at_;
    while (at_ < text_.size() && text_[at_] != ' ' && !closes_choice()) ++at_;
    node.text = text_.substr(start, at_ - start);
    if (node.text.front() == '{') {
      if (node.text.back() != '}') fail("a '{' without its '}'");
      node.kind = Node::Kind::symbol;
      node.text = node.text.substr(1, node.text.size() - 2);
    }
    return node;
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

struct Grammar::Writer {
  Rng& rng;
  std::span<const Slot> slots;
  std::string out;
  bool article_open = false;  // the last word was the grammar's "a", which the next word turns into "an" or not

  void word(std::string_view text, bool from_grammar) {
    if (text.empty()) return;
    if (article_open && article_for(text) == "an") out += 'n';
    if (!out.empty()) out += ' ';
    out += text;
    article_open = from_grammar && text == "a";
  }
};

Grammar::Grammar(const std::filesystem::path& folder, std::initializer_list<const char*> files,
                 const Lexicon& lexicon) {
  for (const auto* file : files) read(folder / file, file);
  for (auto& [name, alternatives] : rules_) resolve(alternatives, lexicon);
}

void Grammar::read(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in(file);
  if (!in) throw BadInput(fmt::format("{}: cannot be read; the corpus needs its wording there", file.string()));
  std::vector<Sequence>* rule = nullptr;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    const auto where = fmt::format("{}:{}", file.string(), number);
    if (line.find_first_not_of(' ') == std::string::npos || line.front() == '#') continue;
    if (line.front() != ' ') {
      if (line.back() != ':') throw BadInput(fmt::format("{}: a rule's name ends with a colon", where));
      line.pop_back();
      const auto [at, fresh] = rules_.try_emplace(line);
      if (!fresh) throw BadInput(fmt::format("{}: the rule '{}' stands twice", where, line));
      rule = &at->second;
      files_[name].push_back(line);
    } else if (rule == nullptr) {
      throw BadInput(fmt::format("{}: an alternative before the first rule", where));
    } else {
      rule->push_back(Reader(line, where).alternative());
    }
  }
  for (const auto& written : files_[name])
    if (rules_.at(written).empty())
      throw BadInput(fmt::format("{}: the rule '{}' has no alternative", file.string(), written));
}

void Grammar::resolve(std::vector<Sequence>& alternatives, const Lexicon& lexicon) {
  for (auto& sequence : alternatives) {
    for (auto& node : sequence) {
      resolve(node.options, lexicon);
      if (node.kind != Node::Kind::symbol) continue;
      if (const auto found = rules_.find(node.text); found != rules_.end()) node.rule = &found->second;
      node.list = lexicon.find_list(node.text);
    }
  }
}

void Grammar::write(const Sequence& sequence, Writer& writer) const {
  for (const auto& node : sequence) {
    if (node.kind == Node::Kind::word) {
      writer.word(node.text, true);
    } else if (node.kind == Node::Kind::choice) {
      write(writer.rng.pick(node.options), writer);
    } else {
      const Slot* given = nullptr;
      for (const auto& slot : writer.slots)
        if (slot.name == node.text) given = &slot;
      if (given != nullptr) {
        writer.word(given->value, false);
      } else if (node.rule != nullptr) {
        write(writer.rng.pick(*node.rule), writer);
      } else if (node.list != nullptr) {
        writer.word(writer.rng.pick(*node.list), false);
      } else {
        throw BadInput(
            fmt::format("the wording names {{{}}}, which is no rule, no word list and was not given", node.text));
      }
    }
  }
}

std::string Grammar::say(std::string_view rule, Rng& rng, std::span<const Slot> slots) const {
  const auto found = rules_.find(rule);
  if (found == rules_.end()) throw BadInput(fmt::format("the wording has no rule '{}'", rule));
  Writer writer{rng, slots, {}};
  write(rng.pick(found->second), writer);
  return std::move(writer.out);
}

const std::vector<std::string>& Grammar::rules_of(std::string_view file) const {
  const auto found = files_.find(file);
  if (found == files_.end()) throw BadInput(fmt::format("the wording has no file '{}'", file));
  return found->second;
}

}  // namespace assay::synth
