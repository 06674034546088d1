#include "config/price_sheet.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/load.h"
#include "config/nearest.h"
#include "config/wildcard.h"

namespace assay::config {
namespace {

const std::string& text_at(const Node& map, const char* key, const std::string& what) {
  const Entry* found = map.find(key);
  if (found == nullptr || found->value.kind != Node::Kind::scalar || found->value.text.empty()) {
    throw InvalidExperiment({fmt::format("{}: {} needs a `{}`", map.at.text(), what, key)});
  }
  return found->value.text;
}

/// One of a sheet's two maps by name: `prices` or `machines`.
class Sheet {
 public:
  /// `named` holds `sheet`.
  Sheet(const Node& named, const std::filesystem::path& folder, std::string section)
      : file_(text_at(named, "sheet", "a price")), section_(std::move(section)) {
    const std::filesystem::path path = folder / file_;
    if (!std::filesystem::is_regular_file(path)) {
      throw InvalidExperiment(
          {fmt::format("{}: the price sheet {} does not exist (paths are relative to the experiment's folder)",
                       named.find("sheet")->value.at.text(), file_)});
    }
    root_ = read_yaml(path);
    const Entry* entries = root_.find(section_);
    if (entries == nullptr || !entries->value.is_map()) {
      throw InvalidExperiment({fmt::format("{}: a price sheet needs `{}`, a map by name", root_.at.text(), section_)});
    }
    entries_ = &entries->value;
  }

  /// The entry of that name, else the one with the longest name whose * makes it fit; null where there is none.
  [[nodiscard]] const Node* find(const std::string& name) const {
    const Entry* best = nullptr;
    for (const Entry& entry : entries_->entries) {
      if (!entry.value.is_map() || !fits(entry.key, name)) continue;
      if (entry.key == name) return &entry.value;
      if (best == nullptr || entry.key.size() > best->key.size()) best = &entry;
    }
    return best == nullptr ? nullptr : &best->value;
  }

  [[noreturn]] void refuse(const Node& name) const {
    std::vector<std::string> known;
    for (const Entry& entry : entries_->entries) known.push_back(entry.key);
    throw InvalidExperiment({fmt::format("{}: the price sheet {} has no '{}' under `{}`{}", name.at.text(), file_,
                                         name.text, section_, suggestion(name.text, known))});
  }

  /// Puts what the entry says beside what stands in `price`, which overrides it. The sheet's date and source are those of
  /// entries that have none of their own.
  void fill(Node& price, const Node& entry) const {
    for (const Entry& one : entry.entries) {
      if (price.find(one.key) == nullptr) price.entries.push_back(one);
    }
    for (const char* key : {"date", "source"}) {
      if (price.find(key) != nullptr) continue;
      Node value = empty_node(root_.at, Node::Kind::scalar);
      value.text = text_at(root_, key, "a price sheet");
      value.plain = false;
      price.entries.push_back({key, root_.at, std::move(value)});
    }
  }

 private:
  std::string file_, section_;
  Node root_;
  const Node* entries_ = nullptr;
};

bool may_be_missing(const Node& price) {
  const Entry* required = price.find("required");
  return required != nullptr && required->value.text == "false";
}

/// Fills in what `price` names. @return false where the sheet does not have it, and need not
bool fill(Node& price, const std::filesystem::path& folder, const char* section) {
  const Sheet sheet(price, folder, section);
  static_cast<void>(text_at(price, "name", "a price that is taken from a sheet"));
  const Node& name = price.find("name")->value;
  const Node* found = sheet.find(name.text);
  if (found == nullptr && may_be_missing(price)) return false;
  if (found == nullptr) sheet.refuse(name);
  sheet.fill(price, *found);
  return true;
}

/// `machine:` says what an hour costs where the model itself does not.
void use_machine(Node& model, const Node& machine) {
  const Entry* price = machine.find("dollars_per_hour");
  if (price != nullptr && model.find("dollars_per_hour") == nullptr) model.entries.push_back(*price);
}

}  // namespace

void use_price_sheets(Node& root, const std::filesystem::path& folder) {
  const auto models =
      std::find_if(root.entries.begin(), root.entries.end(), [](const Entry& entry) { return entry.key == "models"; });
  if (models == root.entries.end()) return;
  for (Entry& model : models->value.entries) {
    std::erase_if(model.value.entries, [&](Entry& entry) {
      return entry.key == "price" && entry.value.find("sheet") != nullptr && !fill(entry.value, folder, "prices");
    });
    const auto machine = std::find_if(model.value.entries.begin(), model.value.entries.end(),
                                      [](const Entry& entry) { return entry.key == "machine"; });
    if (machine == model.value.entries.end() || machine->value.find("sheet") == nullptr) continue;
    fill(machine->value, folder, "machines");
    use_machine(model.value, Node(machine->value));
  }
}

}  // namespace assay::config
