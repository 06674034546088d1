#include "config/price_sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "config/nearest.h"

namespace assay::config {
namespace {

const std::string& text_of(const Node& map, const char* key, const std::string& what) {
  const Entry* found = map.find(key);
  if (found == nullptr || found->value.kind != Node::Kind::scalar || found->value.text.empty()) {
    throw InvalidExperiment({fmt::format("{}: {} needs a `{}`", map.at.text(), what, key)});
  }
  return found->value.text;
}

void fill(Node& price, const std::filesystem::path& folder) {
  const Node& named = price.find("sheet")->value;
  const std::string file = text_of(price, "sheet", "a price"), name = text_of(price, "name", "a price that is taken from a sheet");
  const std::filesystem::path path = folder / file;
  if (!std::filesystem::is_regular_file(path)) {
    throw InvalidExperiment({fmt::format("{}: the price sheet {} does not exist (paths are relative to the experiment's folder)", named.at.text(), file)});
  }
  const Node sheet = read_yaml(path);
  const Entry* prices = sheet.find("prices");
  if (prices == nullptr || !prices->value.is_map()) throw InvalidExperiment({fmt::format("{}: a price sheet needs `prices`, a map by name", sheet.at.text())});
  const Entry* found = prices->value.find(name);
  if (found == nullptr || !found->value.is_map()) {
    std::vector<std::string> known;
    for (const Entry& entry : prices->value.entries) known.push_back(entry.key);
    throw InvalidExperiment({fmt::format("{}: the price sheet {} has no '{}'{}", price.find("name")->value.at.text(), file, name, suggestion(name, known))});
  }
  for (const char* key : {"date", "source"}) {
    Node value = empty_node(sheet.at, Node::Kind::scalar);
    value.text = text_of(sheet, key, "a price sheet");
    value.plain = false;
    price.entries.push_back({key, sheet.at, std::move(value)});
  }
  for (const Entry& entry : found->value.entries) {
    if (price.find(entry.key) == nullptr) price.entries.push_back(entry);
  }
}

}  // namespace

void use_price_sheets(Node& root, const std::filesystem::path& folder) {
  const auto models = std::find_if(root.entries.begin(), root.entries.end(), [](const Entry& entry) { return entry.key == "models"; });
  if (models == root.entries.end()) return;
  for (Entry& model : models->value.entries) {
    for (Entry& entry : model.value.entries) {
      if (entry.key == "price" && entry.value.find("sheet") != nullptr) fill(entry.value, folder);
    }
  }
}

}  // namespace assay::config
