#include "data/answer_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "assay/sdk/error.h"
#include "data/prompt_file.h"
#include "text/jinja/template.h"
#include "text/regex.h"
#include "text/unicode.h"

namespace assay::data {
namespace {

constexpr std::size_t kDeepest = 100;  // levels of a JSON answer: what reads them recurses
constexpr std::size_t kAttempts = 64;  // places where a lenient reader tries to find JSON

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\f\v");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n\f\v") - first + 1));
}

std::optional<std::string> unless_empty(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

/// Without white space, quotes, marks of emphasis and punctuation at both ends.
std::string bare(std::string_view text) {
  constexpr std::string_view around = " \t\r\n\f\v\"'`*_.,:;!?()[]{}<>";
  const auto first = text.find_first_not_of(around);
  if (first == std::string_view::npos) return trimmed(text);  // a choice may be nothing but such characters
  return std::string(text.substr(first, text.find_last_not_of(around) - first + 1));
}

/// Letters, digits and everything beyond ASCII belong to words.
bool in_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         byte == '_';
}

bool stands_alone(std::string_view text, std::size_t at, std::size_t length) {
  const bool begins = at == 0 || !in_word(text[at - 1]) || !in_word(text[at]);
  const std::size_t end = at + length;
  return begins && (end == text.size() || !in_word(text[end]) || !in_word(text[end - 1]));
}

std::optional<std::string> first_line(const std::string& output, bool strict) {
  const std::string text = trimmed(output);
  const auto end = text.find('\n');
  if (strict && end != std::string::npos) return std::nullopt;
  return unless_empty(trimmed(std::string_view(text).substr(0, end)));
}

/// Of the first document in a text: whether its brackets never nest deeper than kDeepest, and where it ends.
struct Nesting {
  bool shallow = true;
  std::size_t end = std::string_view::npos;
};
Nesting nesting(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return {false, std::string_view::npos};
    } else if ((c == '}' || c == ']') && depth > 0 && --depth == 0) {
      return {true, i + 1};
    }
  }
  return {};
}

std::optional<OrderedJson> parsed(std::string_view text) {
  if (!nesting(text).shallow) return std::nullopt;
  OrderedJson json = OrderedJson::parse(text, nullptr, false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

bool keeps(const valijson::Schema& schema, const Json& value) {
  valijson::Validator validator(valijson::Validator::kStrongTypes);
  try {
    return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(value), nullptr);
  } catch (const std::runtime_error&) {  // valijson throws where a text's `format` meets what is no text
    return false;
  }
}

std::string as_text(const OrderedJson& json) {
  return json.is_string() ? json.get<std::string>() : json.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

/// "+012.50" is "12.5".
std::string plain_number(std::string text) {
  std::erase(text, ',');
  if (text.find_first_of("eE") != std::string::npos) text = fmt::format("{}", std::stold(text));
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
  }
  text.erase(0, std::min(text.find_first_not_of('0'), text.size()));
  if (text.empty() || text.starts_with('.')) text.insert(0, "0");
  negative = negative && text != "0";
  return negative ? "-" + text : text;
}

}  // namespace

std::optional<std::string> read_label(const std::string& text, const std::vector<std::string>& choices, bool strict) {
  const std::string exact = trimmed(text);
  for (const std::string& choice : choices) {
    if (exact == trimmed(choice)) return choice;
  }
  if (strict) return std::nullopt;
  const std::string lower = text::to_lower(exact), core = bare(lower);
  const auto only = [&](const auto& matches) -> std::optional<std::string> {
    const std::string* found = nullptr;
    for (const std::string& choice : choices) {
      if (!matches(text::to_lower(choice))) continue;
      if (found != nullptr) return std::nullopt;  // choices that only case or punctuation tells apart
      found = &choice;
    }
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  if (auto found = only([&](const std::string& choice) { return bare(choice) == core; })) return found;
  std::vector<std::pair<std::size_t, std::size_t>> taken;  // longer choices first: they hide what is a part of them
  std::vector<std::string> by_length(choices);
  std::stable_sort(by_length.begin(), by_length.end(),
                   [](const auto& a, const auto& b) { return a.size() > b.size(); });
  std::set<std::string> present;
  for (const std::string& choice : by_length) {
    const std::string wanted = trimmed(text::to_lower(choice));
    if (wanted.empty()) continue;
    for (std::size_t at = lower.find(wanted); at != std::string::npos; at = lower.find(wanted, at + 1)) {
      const bool hidden = std::any_of(taken.begin(), taken.end(), [&](const auto& span) {
        return at >= span.first && at + wanted.size() <= span.second;
      });
      if (hidden || !stands_alone(lower, at, wanted.size())) continue;
      taken.emplace_back(at, at + wanted.size());
      present.insert(choice);
      break;
    }
  }
  return present.size() == 1 ? std::optional(*present.begin()) : std::nullopt;
}

std::optional<std::string> read_number(const std::string& text, bool strict) {
  static const std::string kSign = R"((?:(?<![\w)\].])[-+])?)",
                           kDigits = R"((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)";
  static const text::Regex number = text::Regex::for_answers(
      fmt::format(R"((?<![A-Za-z_])({}(?:{})(?:[eE][-+]?\d{{1,3}}(?![\d\w]))?))", kSign, kDigits));
  std::string ascii = text;  // U+2212, the minus that typesetting uses
  for (auto at = ascii.find("\u2212"); at != std::string::npos; at = ascii.find("\u2212", at))
    ascii.replace(at, 3, "-");
  const std::string all = strict ? trimmed(ascii) : std::move(ascii);
  const auto found = number.extract(all, strict ? text::Regex::Where::whole : text::Regex::Where::last);
  if (!found) return std::nullopt;
  return plain_number(all.substr(found->wanted.begin, found->wanted.size()));
}

std::optional<OrderedJson> read_json(const std::string& text, bool strict) {
  if (auto whole = parsed(trimmed(text)); whole || strict) return whole;
  const std::string_view all = text;
  std::size_t from = all.find_first_of("{[");
  for (std::size_t attempt = 0; attempt < kAttempts && from != std::string_view::npos; ++attempt) {
    const std::size_t length = nesting(all.substr(from)).end;
    if (length != std::string_view::npos) {
      if (auto json = parsed(all.substr(from, length))) return json;
    }
    from = all.find_first_of("{[", from + 1);
  }
  return std::nullopt;
}

struct AnswerReader::Rep {
  std::string as;
  bool strict = false;
  std::optional<text::Regex> pattern;
  Json::json_pointer path;
  std::unique_ptr<valijson::Schema> schema;
  std::optional<text::Template> form;

  [[nodiscard]] std::optional<std::string> find(const std::string& output, const sdk::Input& input) const {
    if (as == "first_line") return first_line(output, strict);
    if (as == "label") return read_label(output, input.choices, strict);
    if (as == "number") return read_number(output, strict);
    if (as == "json") return find_json(output);
    if (as == "pattern") return find_pattern(output);
    return unless_empty(trimmed(output));
  }

  [[nodiscard]] std::optional<std::string> find_pattern(const std::string& output) const {
    const std::string text = strict ? trimmed(output) : output;
    const auto found = pattern->extract(text, strict ? text::Regex::Where::whole : text::Regex::Where::last);
    if (!found) return std::nullopt;
    return unless_empty(trimmed(std::string_view(text).substr(found->wanted.begin, found->wanted.size())));
  }

  [[nodiscard]] std::optional<std::string> find_json(const std::string& output) const {
    const auto json = read_json(output, strict);
    if (!json) return std::nullopt;
    if (schema) {
      const Json value = Json::parse(json->dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
      if (!keeps(*schema, value)) return std::nullopt;
    }
    const OrderedJson::json_pointer place(path.to_string());
    if (!json->contains(place)) return std::nullopt;
    return unless_empty(trimmed(as_text(json->at(place))));
  }
};

AnswerReader::AnswerReader(const Json& how) : rep_(std::make_unique<Rep>()) {
  const Json spec = how.is_string() ? Json{{"as", "text"}, {"template", how}} : how.is_null() ? Json{{"as", ""}} : how;
  if (!spec.is_object()) throw BadInput("must be a Jinja text or a map with `as`");
  const auto text_of = [&](const char* key) { return spec.value(key, std::string()); };
  rep_->as = text_of("as");
  rep_->strict = text_of("mode") == "strict";
  static const std::set<std::string> kKinds{"", "text", "first_line", "label", "number", "json", "pattern"};
  if (!kKinds.contains(rep_->as))
    throw BadInput("`as` must be text, first_line, label, number, json or pattern, found '" + rep_->as + "'");
  for (const auto& [key, kind] : {std::pair{"pattern", "pattern"}, {"path", "json"}, {"schema", "json"}}) {
    if (spec.contains(key) && rep_->as != kind) throw BadInput(fmt::format("`{}` belongs to `as: {}`", key, kind));
  }
  if (rep_->as == "pattern") {
    if (text_of("pattern").empty()) throw BadInput("`as: pattern` needs a `pattern`");
    rep_->pattern = text::Regex::for_answers(text_of("pattern"));
  }
  try {
    rep_->path = Json::json_pointer(text_of("path"));
  } catch (const Json::exception&) {
    throw BadInput(
        fmt::format("`path` must be a JSON Pointer such as /answer or /steps/0, found '{}'", text_of("path")));
  }
  if (spec.contains("schema")) {
    try {
      rep_->schema = std::make_unique<valijson::Schema>();
      valijson::SchemaParser(valijson::SchemaParser::kDraft7)
          .populateSchema(valijson::adapters::NlohmannJsonAdapter(spec.at("schema")), *rep_->schema);
    } catch (const std::exception& error) {
      throw BadInput(fmt::format("`schema` is no JSON Schema: {}", error.what()));
    }
  }
  if (const std::string form = text_of("template"); !form.empty()) {
    if (const std::string problem = read_problem(form); !problem.empty()) throw BadInput(problem);
    text::Template::Options options;
    options.strict = true;
    options.name = "prompt.read";
    rep_->form = text::Template::parse(form, options);
  }
}

AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&&) noexcept = default;

std::optional<std::string> AnswerReader::read(const std::string& output, const sdk::Input& input) const {
  auto found = rep_->find(output, input);
  if (found && rep_->form) {
    OrderedJson variables = OrderedJson::object();
    variables["output"] = *found;
    variables["input"] = input.text;
    variables["fields"] = input.fields;
    try {
      found = unless_empty(rep_->form->render(variables));
    } catch (const text::TemplateError& error) {
      throw BadInput(error.what());
    }
  }
  // What is found where a choice is due is read as one.
  return found && !input.choices.empty() ? read_label(*found, input.choices, rep_->strict) : found;
}

std::string reader_problem(const Json& how) {
  try {
    static_cast<void>(AnswerReader(how));
    return "";
  } catch (const BadInput& error) {
    return error.what();
  }
}

}  // namespace assay::data
