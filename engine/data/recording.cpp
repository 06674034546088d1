#include "data/recording.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "assay/sdk/error.h"
#include "data/prompt_file.h"
#include "data/row_template.h"
#include "data/rows.h"

namespace assay::data {
namespace {

namespace fs = std::filesystem;

/// One member of a source, ready to read rows.
class Column {
 public:
  /// `key` is what errors call it.
  Column(std::string key, const std::string& written) : key_(std::move(key)), name_(written) {
    if (is_template(written)) template_.emplace(key_, written, key_);
  }
  /// A Jinja file.
  Column(std::string key, const fs::path& file) : key_(std::move(key)) {
    template_.emplace(key_, read_prompt(file).jinja, file.string(), prompt_loader(file.parent_path()));
  }

  [[nodiscard]] std::string text(const OrderedJson& row, const std::string& where) const {
    if (template_) return template_->render(row, where);
    const OrderedJson& value = field(row, key_, name_, where);
    if (!value.is_string()) fail(where, "a text", value);
    return value.get<std::string>();
  }

  /// As a dataset's `id`: what is no text counts as it is written in JSON.
  [[nodiscard]] std::string id(const OrderedJson& row, const std::string& where) const {
    if (template_) return template_->render(row, where);
    const OrderedJson& value = field(row, key_, name_, where);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  [[nodiscard]] std::vector<std::string> texts(const OrderedJson& row, const std::string& where) const {
    if (template_) return {template_->render(row, where)};
    const OrderedJson& value = field(row, key_, name_, where);
    if (!value.is_array() || value.empty()) return {text(row, where)};
    std::vector<std::string> list;
    for (const OrderedJson& one : value) {
      if (!one.is_string()) fail(where, "a text or a list of texts", one);
      list.push_back(one.get<std::string>());
    }
    return list;
  }

  [[nodiscard]] std::vector<sdk::Message> messages(const OrderedJson& row, const std::string& where) const {
    const OrderedJson& value = field(row, key_, name_, where);
    std::vector<sdk::Message> list;
    if (value.is_array()) {
      for (const OrderedJson& one : value) {
        const auto part = [&](const char* name) {
          return one.is_object() && one.contains(name) && one.at(name).is_string();
        };
        if (!part("role") || !part("content"))
          fail(where, "a list of messages with the texts `role` and `content`", one);
        list.push_back({one.at("role").get<std::string>(), one.at("content").get<std::string>()});
      }
    }
    if (list.empty()) fail(where, "a list of messages with the texts `role` and `content`", value);
    return list;
  }

  [[nodiscard]] std::int64_t tokens(const OrderedJson& row, const std::string& where) const {
    return count(field(row, key_, name_, where), where);
  }

  [[nodiscard]] sdk::Usage usage(const OrderedJson& row, const std::string& where) const {
    const OrderedJson& value = field(row, key_, name_, where);
    if (!value.is_object()) fail(where, "an object with prompt_tokens and completion_tokens", value);
    const auto part = [&](const OrderedJson& from, const char* name) {
      return from.is_object() && from.contains(name) ? count(from.at(name), where) : 0;
    };
    if (!value.contains("prompt_tokens") && !value.contains("completion_tokens")) {
      fail(where, "an object with prompt_tokens and completion_tokens", value);
    }
    sdk::Usage usage{.prompt_tokens = part(value, "prompt_tokens"),
                     .completion_tokens = part(value, "completion_tokens")};
    usage.cached_prompt_tokens = part(value, "cached_prompt_tokens");
    if (value.contains("prompt_tokens_details"))
      usage.cached_prompt_tokens = part(value.at("prompt_tokens_details"), "cached_tokens");
    return usage;
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& wanted, const OrderedJson& found) const {
    throw BadInput(fmt::format("{}: `{}` must be {}, and '{}' holds {}", where, key_, wanted, name_,
                               found.is_array() ? "a list" : found.type_name()));
  }

  [[nodiscard]] std::int64_t count(const OrderedJson& value, const std::string& where) const {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0) fail(where, "a count of tokens", value);
    return value.get<std::int64_t>();
  }

  std::string key_, name_;
  std::optional<RowTemplate> template_;
};

class Reader {
 public:
  explicit Reader(const RecordingSource& source) {
    const auto take = [](std::optional<Column>& column, const char* key, const std::string& written) {
      if (!written.empty()) column.emplace(key, written);
    };
    take(prompt_, "match.prompt", source.prompt);
    if (!source.prompt_file.empty()) prompt_.emplace("match.prompt.template", fs::path(source.prompt_file));
    take(messages_, "match.messages", source.messages);
    take(input_, "match.input", source.input);
    take(id_, "match.id", source.id);
    take(completion_, "completion", source.completion);
    take(usage_, "usage", source.usage);
    take(prompt_tokens_, "usage.prompt_tokens", source.prompt_tokens);
    take(cached_prompt_tokens_, "usage.cached_prompt_tokens", source.cached_prompt_tokens);
    take(completion_tokens_, "usage.completion_tokens", source.completion_tokens);
    if (!prompt_ && !messages_ && !input_ && !id_)
      throw BadInput("a recording needs `match`: what its rows are found by");
    if (!completion_) throw BadInput("a recording needs `completion`: the field of its answers");
  }

  [[nodiscard]] RecordedRow read(OrderedJson row, std::size_t number, const std::string& where) const {
    if (!row.contains("row_number")) row["row_number"] = number;
    RecordedRow recorded;
    recorded.where = where;
    if (prompt_) recorded.prompt = prompt_->text(row, where);
    if (messages_) recorded.messages = messages_->messages(row, where);
    if (input_) recorded.input = input_->text(row, where);
    if (id_) recorded.id = id_->id(row, where);
    recorded.completions = completion_->texts(row, where);
    if (usage_) recorded.usage = usage_->usage(row, where);
    if (prompt_tokens_ || completion_tokens_ || cached_prompt_tokens_) {
      const auto count = [&](const std::optional<Column>& column) { return column ? column->tokens(row, where) : 0; };
      recorded.usage = sdk::Usage{.prompt_tokens = count(prompt_tokens_),
                                  .cached_prompt_tokens = count(cached_prompt_tokens_),
                                  .completion_tokens = count(completion_tokens_)};
    }
    return recorded;
  }

 private:
  std::optional<Column> prompt_, messages_, input_, id_, completion_, usage_, prompt_tokens_, cached_prompt_tokens_,
      completion_tokens_;
};

const std::map<std::string, std::string RecordingSource::*>& members() {
  static const std::map<std::string, std::string RecordingSource::*> kMembers{
      {"path", &RecordingSource::path},
      {"prompt", &RecordingSource::prompt},
      {"prompt_file", &RecordingSource::prompt_file},
      {"messages", &RecordingSource::messages},
      {"input", &RecordingSource::input},
      {"id", &RecordingSource::id},
      {"completion", &RecordingSource::completion},
      {"usage", &RecordingSource::usage},
      {"prompt_tokens", &RecordingSource::prompt_tokens},
      {"cached_prompt_tokens", &RecordingSource::cached_prompt_tokens},
      {"completion_tokens", &RecordingSource::completion_tokens}};
  return kMembers;
}

}  // namespace

RecordingSource recording_source(const Json& json) {
  RecordingSource source;
  for (const auto& [name, member] : members()) source.*member = json.value(name, "");
  return source;
}

Json to_json(const RecordingSource& source) {
  Json json = Json::object();
  for (const auto& [name, member] : members()) {
    if (!(source.*member).empty()) json[name] = source.*member;
  }
  return json;
}

void for_each_recorded(const RecordingSource& source, const std::function<void(RecordedRow)>& each) {
  const fs::path file = source.path;
  const std::string name = file.filename().string();
  if (file.extension() != ".jsonl") throw BadInput(name + ": a recording must be a .jsonl file");
  const Reader reader(source);
  RowReader rows(file, name);
  while (rows.next()) each(reader.read(rows.fields(), rows.row(), rows.where()));
  if (rows.row() == 0) throw BadInput(name + ": this recording is empty; it needs a JSON object a line");
}

Json recording_identity(const RecordingSource& source, FileHashes& hashes) {
  Json identity = to_json(source);
  identity.erase("path");
  identity.erase("prompt_file");
  if (!source.prompt_file.empty()) identity["prompt_file"] = prompt_hash(source.prompt_file, hashes);
  // That every row can be read is remembered under all that decides it.
  static_cast<void>(hashes.remembered(source.path, "recording " + sha256(identity), [&] {
    for_each_recorded(source, [](const RecordedRow&) {});
    return Json(true);
  }));
  identity["file"] = hashes.hash(source.path);
  return identity;
}

}  // namespace assay::data
