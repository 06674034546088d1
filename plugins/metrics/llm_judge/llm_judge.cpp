#include <assay/sdk/metric.h>
#include <assay/sdk/plugin.h>

#include <memory>

#include "pairwise.h"
#include "rubric.h"

namespace {

/// What a model thinks of answers: grades by a rubric, or which of two is better.
class LlmJudge final : public assay::sdk::Metric {
 public:
  explicit LlmJudge(const assay::sdk::Params& params) {
    if (params.get<std::string>("mode", "rubric") == "pairwise") {
      mode_ = std::make_unique<llm_judge::Pairwise>(params);
    } else {
      mode_ = std::make_unique<llm_judge::Rubric>(params);
    }
  }

  std::vector<assay::sdk::Value> outputs() const override { return mode_->outputs(); }
  void begin(const assay::sdk::ScoringContext& context) override { mode_->begin(context); }
  std::size_t width() const override { return mode_->width(); }
  std::vector<assay::sdk::Request> ask(const assay::sdk::Prediction& p) const override { return mode_->ask(p); }
  void score(const assay::sdk::Prediction& p, std::span<const assay::sdk::Completion> judged,
             std::span<double> row) const override {
    mode_->score(p, judged, row);
  }
  void values(const assay::sdk::Rows& rows, std::span<double> out) const override { mode_->values(rows, out); }
  std::string signature(const assay::sdk::Rows& rows) const override { return mode_->signature(rows); }

 private:
  std::unique_ptr<assay::sdk::Metric> mode_;
};

}  // namespace

ASSAY_METRIC(
    LlmJudge,
    {.name = "llm_judge",
     .version = "1.0",
     .summary =
         "a model's grades by a rubric, or its verdict between two answers in both orders; agreement with people",
     .params = R"({"type": "object", "additionalProperties": false, "required": ["model"], "properties": {
  "model": {"type": "string", "description": "the judge: any model of the experiment"},
  "mode": {"enum": ["rubric", "pairwise"], "default": "rubric", "description": "a grade by itself, or which of two answers is better"},
  "rubric": {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "object", "additionalProperties": false,
    "required": ["name", "asks"], "properties": {"name": {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}, "asks": {"type": "string"},
    "label": {"type": "string"}}}}], "description": "what counts: a text, or named criteria"},
  "scale": {"anyOf": [{"enum": ["yes_no"]}, {"type": "array", "minItems": 2, "maxItems": 2, "items": {"type": "integer", "minimum": 0, "maximum": 100}}],
    "default": [1, 5], "description": "grades of a rubric: yes_no, or the worst and the best of whole numbers"},
  "against": {"type": "string", "default": "reference", "description": "pairwise: reference (the target), baseline, or a strategy of the matrix by its name"},
  "verdict": {"enum": ["written", "chosen"], "default": "written", "description": "written: read out of what the judge writes; chosen: its most probable word"},
  "reference": {"type": "boolean", "default": true, "description": "whether the judge is shown the target"},
  "label": {"type": "string", "description": "a field of the rows that holds what people said of the answer"},
  "template": {"type": "string", "format": "prompt-file", "description": "a prompt of your own"},
  "max_tokens": {"type": "integer", "minimum": 1, "default": 512, "description": "of the judge's answer"}}})",
     .asks = true})
