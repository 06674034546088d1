#include "data/prediction_file.h"

#include <assay/sdk/error.h>
#include <fmt/format.h>

#include <algorithm>

namespace assay::data {
namespace {

constexpr const char* kShape =
    R"(a row is {"prediction": "…", "references": ["…", …]} or {"prediction": "…", "target": "…"})";

/// Fields of one row, with its place in what goes wrong.
class Fields {
 public:
  Fields(OrderedJson row, std::string where) : row_(std::move(row)), where_(std::move(where)) {}

  [[nodiscard]] bool has(const char* name) const { return row_.contains(name) && !row_.at(name).is_null(); }

  [[nodiscard]] std::string text(const char* name) const {
    const OrderedJson& value = row_.at(name);
    if (!value.is_string()) refuse(name, "must be a text", value);
    return value.get<std::string>();
  }

  [[nodiscard]] std::vector<std::string> texts(const char* name) const {
    const OrderedJson& value = row_.at(name);
    if (!value.is_array() ||
        !std::all_of(value.begin(), value.end(), [](const OrderedJson& item) { return item.is_string(); })) {
      refuse(name, "must be a list of texts", value);
    }
    return value.get<std::vector<std::string>>();
  }

  [[nodiscard]] std::vector<double> numbers(const char* name) const {
    const OrderedJson& value = row_.at(name);
    if (!value.is_array() ||
        !std::all_of(value.begin(), value.end(), [](const OrderedJson& item) { return item.is_number(); })) {
      refuse(name, "must be a list of numbers", value);
    }
    return value.get<std::vector<double>>();
  }

  [[nodiscard]] Json object(const char* name) const {
    const OrderedJson& value = row_.at(name);
    if (!value.is_object()) refuse(name, "must be an object", value);
    return Json::parse(value.dump());
  }

  [[nodiscard]] const OrderedJson& all() const { return row_; }

  [[noreturn]] void refuse(const std::string& problem) const { throw BadInput(fmt::format("{}: {}", where_, problem)); }

 private:
  [[noreturn]] void refuse(const char* name, const char* wanted, const OrderedJson& found) const {
    std::string shown = found.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    if (shown.size() > 60) shown = std::string("a ") + found.type_name();
    refuse(fmt::format("'{}' {}, found {}", name, wanted, shown));
  }

  OrderedJson row_;
  std::string where_;
};

}  // namespace

PredictionReader::PredictionReader(const std::filesystem::path& file, std::string name)
    : rows_(file, std::move(name)) {}

RecordedPrediction PredictionReader::prediction() const {
  const Fields fields(rows_.fields(), rows_.where());
  RecordedPrediction result;
  if (!fields.has("prediction")) fields.refuse(fmt::format("'prediction' is missing; {}", kShape));
  if (!fields.has("references") && !fields.has("target"))
    fields.refuse(fmt::format("'references' or 'target' is missing; {}", kShape));
  result.answer = fields.text("prediction");
  result.references =
      fields.has("references") ? fields.texts("references") : std::vector<std::string>{fields.text("target")};
  if (result.references.empty())
    fields.refuse("'references' is an empty list, so there is nothing to compare with; name one, or leave the row out");
  result.target = fields.has("target") ? fields.text("target") : result.references.front();
  result.outputs = {result.answer};
  result.input.fields = fields.all();
  result.input.index = rows_.row() - 1;
  result.input.id = fields.has("id") ? fields.text("id") : std::to_string(rows_.row());
  if (fields.has("input")) result.input.text = fields.text("input");
  if (fields.has("details")) result.details = fields.object("details");
  if (fields.has("samples")) {
    result.outputs = fields.texts("samples");
    result.details["samples"] = result.outputs;
  }
  if (fields.has("choices")) result.input.choices = fields.texts("choices");
  if (fields.has("choice_scores")) {
    result.choice_scores = fields.numbers("choice_scores");
    if (result.choice_scores.size() != result.input.choices.size()) {
      fields.refuse(fmt::format("'choice_scores' has {} numbers but 'choices' {} texts; each choice needs its score",
                                result.choice_scores.size(), result.input.choices.size()));
    }
  }
  return result;
}

}  // namespace assay::data
