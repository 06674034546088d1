#include "pretrain/tasks/frames.h"

#include <assay/sdk/error.h>
#include <assay/sdk/json.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "pretrain/lexicon.h"

namespace assay::synth {
namespace {

struct FrameKind {
  std::string_view family;
  std::string_view group;  // empty where the family's frames are one list
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
};

const std::vector<FrameKind>& frame_kinds() {
  static const std::vector<FrameKind> kinds = {
      {"routing", "", {"noun"}, {"name", "place"}},
      {"support", "adopt", {}, {"pet", "pets", "name", "place", "number", "day"}},
      {"support", "stray", {}, {"pet", "pets", "name", "place", "number", "day"}},
      {"support", "gift", {}, {"pet", "pets", "goods", "name", "place", "number", "day"}},
      {"support", "sick", {}, {"pet", "pets", "name", "place", "number", "day"}},
      {"chain", "opening", {"number", "things"}, {"name"}},
      {"chain", "closing", {}, {"things", "name"}},
      {"topic", "", {"noun"}, {"name", "place"}},
      {"sentiment", "", {"noun", "adjective"}, {"name", "place"}},
      {"notice", "", {"dance", "name", "day", "number"}, {}},
  };
  return kinds;
}

std::string key_of(std::string_view family, std::string_view group) {
  return group.empty() ? std::string(family) : fmt::format("{}.{}", family, group);
}

bool contains(const std::vector<std::string_view>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

/// Lower case, single spaces, and punctuation apart: what the tokens of nano's world look like.
std::string normalised(std::string_view sentence) {
  std::string out;
  const auto gap = [&] {
    if (!out.empty() && out.back() != ' ') out += ' ';
  };
  for (const char raw : sentence) {
    const char c = raw >= 'A' && raw <= 'Z' ? static_cast<char>(raw - 'A' + 'a') : raw;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      gap();
    } else if (std::string_view(".,!?:;()\"").find(c) != std::string_view::npos) {
      gap();
      out += c;
      out += ' ';
    } else {
      out += c;
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string slot_list(const std::vector<std::string_view>& slots) {
  std::vector<std::string> names;
  for (const auto slot : slots) names.push_back(fmt::format("{{{}}}", slot));
  return fmt::format("{}", fmt::join(names, ", "));
}

/// The names between braces; a fault is appended where the braces do not match.
std::vector<std::string> slots_of(std::string_view frame, std::string_view where, std::vector<std::string>& faults) {
  std::vector<std::string> slots;
  for (std::size_t at = 0; (at = frame.find_first_of("{}", at)) != std::string_view::npos; ++at) {
    const auto end = frame.find_first_of("{}", at + 1);
    if (frame[at] == '}' || end == std::string_view::npos || frame[end] == '{') {
      faults.push_back(fmt::format("{}: the braces of \"{}\" do not match", where, frame));
      return slots;
    }
    slots.emplace_back(frame.substr(at + 1, end - at - 1));
    at = end;
  }
  return slots;
}

void check_slots(const FrameKind& kind, std::string_view frame, std::string_view where,
                 std::vector<std::string>& faults) {
  const auto before = faults.size();
  const auto slots = slots_of(frame, where, faults);
  if (faults.size() != before) return;
  std::vector<std::string_view> allowed = kind.required;
  allowed.insert(allowed.end(), kind.optional.begin(), kind.optional.end());
  for (const auto& slot : slots) {
    if (contains(allowed, slot)) continue;
    faults.push_back(
        fmt::format("{}: unknown slot {{{}}} in \"{}\"; allowed: {}", where, slot, frame, slot_list(allowed)));
  }
  for (const auto slot : kind.required) {
    if (std::find(slots.begin(), slots.end(), slot) != slots.end()) continue;
    faults.push_back(fmt::format("{}: \"{}\" lacks the slot {{{}}}; every frame here needs {}", where, frame, slot,
                                 slot_list(kind.required)));
  }
}

std::vector<std::string> read_list(const FrameKind& kind, const Json& list, const std::string& where,
                                   std::vector<std::string>& faults) {
  std::vector<std::string> frames;
  if (!list.is_array() || list.empty()) {
    faults.push_back(fmt::format("{}: expected a list of one sentence or more, found {}", where,
                                 list.is_array() ? "an empty list" : list.type_name()));
    return frames;
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string here = fmt::format("{}[{}]", where, i);
    if (!list[i].is_string()) {
      faults.push_back(fmt::format("{}: expected a sentence, found {}", here, list[i].type_name()));
      continue;
    }
    frames.push_back(normalised(list[i].get<std::string>()));
    check_slots(kind, frames.back(), here, faults);
  }
  return frames;
}

}  // namespace

void Frames::overlay(std::string_view text, const std::string& source) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw BadInput(fmt::format("{}: not JSON: {}", source, error.what()));
  }
  if (!json.is_object()) {
    throw BadInput(fmt::format("{}: expected an object of families, found {}", source, json.type_name()));
  }
  std::map<std::string, std::vector<const FrameKind*>, std::less<>> families;
  std::vector<std::string_view> names;
  for (const auto& kind : frame_kinds()) {
    auto& kinds = families[std::string(kind.family)];
    if (kinds.empty()) names.push_back(kind.family);
    kinds.push_back(&kind);
  }
  std::vector<std::string> faults;
  for (const auto& [family, value] : json.items()) {
    const auto known = families.find(family);
    if (known == families.end()) {
      faults.push_back(fmt::format("unknown family \"{}\"; allowed: {}", family, fmt::join(names, ", ")));
      continue;
    }
    sources_[family] = source;
    const auto& kinds = known->second;
    if (kinds.front()->group.empty()) {
      frames_[family] = read_list(*kinds.front(), value, family, faults);
      continue;
    }
    std::vector<std::string_view> groups;
    for (const auto* kind : kinds) groups.push_back(kind->group);
    if (!value.is_object()) {
      faults.push_back(fmt::format("{}: expected an object with a list of sentences for each of {}, found {}", family,
                                   fmt::join(groups, ", "), value.type_name()));
      continue;
    }
    for (const auto& [group, list] : value.items()) {
      if (contains(groups, group)) continue;
      faults.push_back(fmt::format("{}: unknown group \"{}\"; allowed: {}", family, group, fmt::join(groups, ", ")));
    }
    for (const auto* kind : kinds) {
      const std::string key = key_of(family, kind->group);
      if (!value.contains(kind->group)) {
        faults.push_back(fmt::format("{}: the list of sentences is missing; {} needs all of {}", key, family,
                                     fmt::join(groups, ", ")));
        continue;
      }
      frames_[key] = read_list(*kind, value.at(std::string(kind->group)), key, faults);
    }
  }
  if (faults.empty()) return;
  std::string message =
      fmt::format("{}: {} fault{} in the sentence frames", source, faults.size(), faults.size() == 1 ? "" : "s");
  for (const auto& fault : faults) message += "\n  " + fault;
  throw BadInput(message);
}

Frames Frames::built_in() {
  Frames frames;
  frames.overlay(kEmbeddedFrames, "the built-in frames");
  return frames;
}

Frames Frames::read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    throw BadInput(fmt::format("{}: the file of sentence frames cannot be read or is empty", file.string()));
  }
  Frames frames = built_in();
  frames.overlay(text.str(), file.string());
  return frames;
}

const std::vector<std::string>& Frames::of(std::string_view family, std::string_view group) const {
  return frames_.at(key_of(family, group));
}

const std::string& Frames::source(std::string_view family) const { return sources_.find(family)->second; }

std::string fill(std::string_view frame, const Filling& filling) {
  std::string out;
  for (std::size_t at = 0; at < frame.size();) {
    const auto open = std::min(frame.find('{', at), frame.size());
    out += frame.substr(at, open - at);
    if (open == frame.size()) break;
    const auto close = frame.find('}', open);
    const auto& value = filling.find(frame.substr(open + 1, close - open - 1))->second;
    const bool follows_article = out == "a " || out.ends_with(" a ");
    if (follows_article && article_for(value) == "an") {
      out.pop_back();
      out += "n ";
    }
    out += value;
    at = close + 1;
  }
  return out;
}

}  // namespace assay::synth
