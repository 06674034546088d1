#include "question.h"

#include <assay/sdk/error.h>

namespace llm_judge {

assay::Json label_of(const assay::sdk::Prediction& p, const std::string& field) {
  const auto found = p.input.fields.find(field);
  if (found != p.input.fields.end()) return assay::Json::parse(found->dump());
  std::string there;
  for (const auto& [name, value] : p.input.fields.items()) there += (there.empty() ? "" : ", ") + name;
  throw assay::BadInput("`label` names the field '" + field + "', which the row of example " + p.input.id +
                        " does not have; its fields: " + there +
                        ". A field that the target alone is made from is not among them");
}

}  // namespace llm_judge
