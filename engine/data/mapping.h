#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/example.h"
#include "data/dataset.h"

namespace assay::data {

/// Turns rows into examples by a dataset's templates. A template that is exactly `{{ field }}` is looked up, not rendered.
class Mapping {
 public:
  /// @throws BadInput naming dataset and key when a template does not parse.
  explicit Mapping(const DatasetSource& source);
  ~Mapping();

  /// `where` begins errors ("train.jsonl, row 3"); `row` is the row's number, `index` its position among those used.
  /// @throws BadInput for a field that is not there (with the fields that are), a target outside the choices, references
  /// that are no list of texts.
  [[nodiscard]] sdk::Example example(OrderedJson row, std::size_t number, std::size_t index,
                                     const std::string& where) const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

/// What is wrong with a dataset's templates, by key (`input`, `target`, `references`), all at once.
std::map<std::string, std::string> mapping_problems(const DatasetSource& source);

}  // namespace assay::data
