#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "config/load.h"

namespace assay::config {
namespace {

constexpr std::size_t kMaxNodes = 100'000;

[[noreturn]] void fail(const Position& at, const std::string& message) {
  throw InvalidExperiment({at.text() + ": " + message});
}

bool is_utf8(std::string_view s) {
  for (std::size_t i = 0; i < s.size();) {
    const auto c = static_cast<unsigned char>(s[i]);
    const int more = c < 0x80 ? 0 : (c >> 5) == 6 ? 1 : (c >> 4) == 14 ? 2 : (c >> 3) == 30 ? 3 : -1;
    if (more < 0 || i + static_cast<std::size_t>(more) >= s.size()) return false;
    char32_t code = more == 0 ? c : c & (0x3fU >> more);
    for (int k = 1; k <= more; ++k) {
      const auto d = static_cast<unsigned char>(s[i + static_cast<std::size_t>(k)]);
      if ((d >> 6) != 2) return false;
      code = (code << 6) | (d & 0x3fU);
    }
    constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

std::size_t count(const Node& node) {
  std::size_t n = 1;
  for (const Node& item : node.items) n += count(item);
  for (const Entry& entry : node.entries) n += count(entry.value);
  return n;
}

/// Builds the tree from events. A map under construction keeps its key until the value arrives.
class Builder final : public YAML::EventHandler {
 public:
  explicit Builder(std::string file) : file_(std::move(file)) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = position(mark);
    finish(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) fail(position(mark), "this alias stands inside the value that it names (a cycle)");
    used_ += count(known->second);
    if (used_ > kMaxNodes)
      fail(position(mark), fmt::format("aliases multiply this document beyond {} values", kMaxNodes));
    add(Node(known->second));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.kind = Node::Kind::scalar;
    node.at = position(mark);
    node.text = value;
    node.plain = tag == "?" || tag.empty();
    if (!node.plain && tag != "!") node.tag = known_tag(tag, node.at, {"str", "int", "float", "bool", "null"});
    if (!is_utf8(value)) fail(node.at, "this text is not UTF-8; save the file as UTF-8");
    finish(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::sequence, mark, tag, anchor, "seq");
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor, "map");
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<std::pair<std::string, Position>> key;
    std::vector<std::pair<Position, Node>> merges;
  };

  [[nodiscard]] Position position(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  static std::string known_tag(const std::string& tag, const Position& at,
                               std::initializer_list<std::string_view> known) {
    constexpr std::string_view kCore = "tag:yaml.org,2002:";
    for (const std::string_view name : known) {
      if (tag == std::string(kCore) + std::string(name)) return std::string(name);
    }
    fail(at, fmt::format("unknown tag {}; leave it out", tag));
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            std::string_view core) {
    Open opened{.node = {}, .anchor = anchor, .key = {}, .merges = {}};
    opened.node.kind = kind;
    opened.node.at = position(mark);
    if (!tag.empty() && tag != "?" && tag != "!") known_tag(tag, opened.node.at, {core});
    if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().key) {
      fail(opened.node.at, "a key must be text, found a list or a map");
    }
    stack_.push_back(std::move(opened));
  }

  void close() {
    Open closed = std::move(stack_.back());
    stack_.pop_back();
    merge(closed);
    finish(std::move(closed.node), closed.anchor);
  }

  static void merge(Open& map) {
    for (auto& [at, source] : map.merges) {
      const std::vector<Node> one{source};
      for (const Node& from : source.is_sequence() ? source.items : one) {
        if (!from.is_map()) fail(at, "a merge key (<<) takes a map or a list of maps, found " + describe(from));
        for (const Entry& entry : from.entries) {
          if (!map.node.find(entry.key)) map.node.entries.push_back(entry);
        }
      }
    }
  }

  void finish(Node node, YAML::anchor_t anchor) {
    ++used_;
    if (anchor != 0) anchors_[anchor] = node;
    add(std::move(node));
  }

  void add(Node node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      if (node.kind != Node::Kind::scalar) fail(node.at, "a key must be text, found " + describe(node));
      const bool merges = node.plain && node.text == "<<";
      const Entry* first = parent.node.find(node.text);
      if (first)
        fail(node.at,
             fmt::format("the key '{}' stands twice; it was first written on line {}", node.text, first->at.line));
      if (merges && !parent.merges.empty())
        fail(node.at, "the key '<<' stands twice; merge several maps by a list: <<: [*a, *b]");
      parent.key = {merges ? std::string("\n<<") : node.text, node.at};
    } else {
      auto [key, at] = std::move(*parent.key);
      parent.key.reset();
      if (key == "\n<<") {
        parent.merges.emplace_back(at, std::move(node));
      } else {
        parent.node.entries.push_back({std::move(key), at, std::move(node)});
      }
    }
  }

  std::string file_;
  Node root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t used_ = 0;
};

bool one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// A number by the core schema, or nothing. Integers beyond 64 bits become floating point, as in JSON.
std::optional<Json> number(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view body = text;
  if (negative || body.starts_with('+')) body.remove_prefix(1);
  for (const auto& [prefix, base] : {std::pair<std::string_view, int>{"0x", 16}, {"0o", 8}}) {
    if (text.starts_with(prefix)) {
      std::uint64_t value = 0;
      const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, base);
      if (error == std::errc{} && end == text.data() + text.size() && text.size() > 2) return Json(value);
      return {};
    }
  }
  if (digits(body)) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
    if (error == std::errc{}) {
      if (!negative) return Json(value);
      if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        return Json(-static_cast<std::int64_t>(value));
    }
  }
  if (one_of(body, {".inf", ".Inf", ".INF"})) return Json(negative ? -HUGE_VAL : HUGE_VAL);
  if (one_of(text, {".nan", ".NaN", ".NAN"})) return Json(std::nan(""));
  if (body.empty() || (body[0] != '.' && std::isdigit(static_cast<unsigned char>(body[0])) == 0)) return {};
  double value = 0;  // from_chars takes no sign '+', and "1." as the core schema does
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  if (end != body.data() + body.size() || error == std::errc::invalid_argument) return {};
  if (error == std::errc::result_out_of_range) value = std::strtod(std::string(body).c_str(), nullptr);
  return Json(negative ? -value : value);
}

Json scalar(const Node& node) {
  if (node.tag == "str" || (!node.plain && node.tag.empty())) return node.text;
  if (one_of(node.text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (one_of(node.text, {"true", "True", "TRUE"})) return true;
  if (one_of(node.text, {"false", "False", "FALSE"})) return false;
  if (auto value = number(node.text)) return node.tag == "float" ? Json(value->get<double>()) : *value;
  if (!node.tag.empty()) fail(node.at, fmt::format("'{}' is no value of the tag !!{}", node.text, node.tag));
  return node.text;
}

}  // namespace

std::string Position::text() const { return line == 0 ? file : fmt::format("{}:{}:{}", file, line, column); }

Node empty_node(const Position& at, Node::Kind kind) {
  Node node;
  node.kind = kind;
  node.at = at;
  return node;
}

const Entry* Node::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

Node parse_yaml(const std::string& text, const std::string& file) {
  std::istringstream stream(text);
  Builder builder(file);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return empty_node({file, 1, 1});
    Node root = builder.take();
    Builder second(file);
    if (parser.HandleNextDocument(second)) fail({file, 1, 1}, "this file holds more than one YAML document; keep one");
    return root;
  } catch (const YAML::Exception& error) {
    fail({file, error.mark.line + 1, error.mark.column + 1}, "malformed YAML: " + error.msg);
  }
}

Node read_yaml(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw InvalidExperiment({fmt::format("{}: this is a folder; name an experiment file (*.yaml)", file.string())});
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf() || in.peek() == std::ifstream::traits_type::eof())) {
    throw InvalidExperiment({fmt::format("{}: cannot read this file: {}", file.string(), std::strerror(errno))});
  }
  return parse_yaml(text.str(), file.string());
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return scalar(node);
    case Node::Kind::sequence: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::map:
      break;
  }
  Json map = Json::object();
  for (const Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
  return map;
}

std::string describe(const Node& node) {
  if (node.kind == Node::Kind::sequence) return "a list";
  if (node.kind == Node::Kind::map) return "a map";
  const Json value = to_json(node);
  if (value.is_null()) return "nothing";
  if (value.is_boolean()) return "the boolean " + node.text;
  if (value.is_number()) return "the number " + node.text;
  return fmt::format("the string \"{}\"", node.text.size() > 60 ? node.text.substr(0, 57) + "..." : node.text);
}

}  // namespace assay::config
