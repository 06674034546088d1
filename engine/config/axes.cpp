#include "config/axes.h"

#include <algorithm>

#include "assay/sdk/error.h"

namespace assay::config {
namespace {

const char* word(AxisKind kind) { return kind == AxisKind::sweep ? "sweep" : "tune"; }

bool is_axis(const Json& value, AxisKind kind) {
  return value.is_object() && value.size() == 1 && value.contains(word(kind)) && value[word(kind)].is_array();
}

bool holds_axis(const Json& value, AxisKind kind) {
  if (!value.is_object()) return false;
  return is_axis(value, kind) ||
         std::any_of(value.begin(), value.end(), [&](const Json& inner) { return holds_axis(inner, kind); });
}

/// Parameters that move together, and what they are set to in each of their places' common choices.
struct Axis {
  std::vector<AxisPlace> places;
  std::vector<std::vector<Json>> choices;  ///< a list a place, all of one length
};

const std::vector<AxisPlace>* zip_of(const AxisPlace& place, const std::vector<std::vector<AxisPlace>>& zips) {
  for (const auto& zip : zips) {
    if (std::find(zip.begin(), zip.end(), place) != zip.end()) return &zip;
  }
  return nullptr;
}

std::vector<Axis> axes_of(const std::vector<StrategySetting>& parts, const std::vector<std::vector<AxisPlace>>& zips,
                          AxisKind kind) {
  std::vector<Axis> axes;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    for (const auto& [parameter, value] : parts[part].params.items()) {
      const AxisPlace place{part, parameter};
      std::vector<Json> choices = expand_axes(value, kind);
      const auto* zip = holds_axis(value, kind) ? zip_of(place, zips) : nullptr;
      const auto together = std::find_if(axes.begin(), axes.end(), [&](const Axis& axis) {
        return zip != nullptr && zip_of(axis.places.front(), zips) == zip;
      });
      if (together == axes.end()) {
        axes.push_back({{place}, {std::move(choices)}});
      } else if (together->choices.front().size() != choices.size()) {
        throw Error("zipped axes differ in length");
      } else {
        together->places.push_back(place);
        together->choices.push_back(std::move(choices));
      }
    }
  }
  return axes;
}

}  // namespace

std::vector<Json> expand_axes(const Json& params, AxisKind kind) {
  if (is_axis(params, kind)) {
    std::vector<Json> all;
    for (const Json& value : params[word(kind)]) {
      for (Json& inner : expand_axes(value, kind)) all.push_back(std::move(inner));
    }
    return all;
  }
  if (!params.is_object()) return {params};
  std::vector<Json> all{Json::object()};
  for (const auto& [key, value] : params.items()) {
    std::vector<Json> next;
    const std::vector<Json> choices = expand_axes(value, kind);
    for (const Json& so_far : all) {
      for (const Json& choice : choices) {
        next.push_back(so_far);
        next.back()[key] = choice;
      }
    }
    all = std::move(next);
  }
  return all;
}

double count_settings(const Json& params) {
  double count = 1;
  if (is_axis(params, AxisKind::sweep) || is_axis(params, AxisKind::tune)) {
    count = 0;
    for (const Json& value : params.front()) count += count_settings(value);
  } else if (params.is_object()) {
    for (const Json& value : params) count *= count_settings(value);
  }
  return count;
}

std::vector<std::string> axis_names(const Json& params, AxisKind kind) {
  std::vector<std::string> names;
  for (const auto& [key, value] : params.items()) {
    if (holds_axis(value, kind)) names.push_back(key);
  }
  return names;
}

std::vector<std::vector<StrategySetting>> expand_parts(const std::vector<StrategySetting>& parts,
                                                       const std::vector<std::vector<AxisPlace>>& zips, AxisKind kind) {
  std::vector<std::vector<StrategySetting>> all{parts};
  for (const Axis& axis : axes_of(parts, zips, kind)) {
    std::vector<std::vector<StrategySetting>> wider;
    for (const auto& so_far : all) {
      for (std::size_t choice = 0; choice < axis.choices.front().size(); ++choice) {
        wider.push_back(so_far);
        for (std::size_t i = 0; i < axis.places.size(); ++i) {
          wider.back()[axis.places[i].part].params[axis.places[i].parameter] = axis.choices[i][choice];
        }
      }
    }
    all = std::move(wider);
  }
  return all;
}

}  // namespace assay::config
