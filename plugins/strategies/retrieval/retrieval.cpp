#include <assay/sdk/documents.h>
#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <set>

#include "chunks.h"
#include "index.h"

namespace retrieval {
namespace {

using namespace assay::sdk;
using assay::Json;

/// Puts the passages of a document set that fit a question best before it (Lewis et al. 2020, arXiv 2005.11401, with
/// the passages in the prompt as Ram et al. 2023, arXiv 2302.00083). The index is what `adapt` leaves.
class Retrieval final : public Strategy {
 public:
  explicit Retrieval(const Params& params)
      : documents_(params.get<std::string>("documents")),
        text_(params.get<std::string>("text", "text")),
        id_(params.get<std::string>("id", "id")),
        method_(params.get<std::string>("method", "bm25")),
        passages_(params.get<std::size_t>("passages", 3)),
        chunk_tokens_(params.get<std::int64_t>("chunk_tokens", 0)),
        overlap_(params.get<double>("chunk_overlap", 0)),
        bm25_{params.get<double>("k1", 1.2), params.get<double>("b", 0.75)},
        rrf_k_(params.get<double>("rrf_k", 60)),
        candidates_(std::max(params.get<std::size_t>("candidates", 100), passages_)),
        pooling_(params.get<std::string>("pooling", "mean") == "mean" ? Pooling::mean : Pooling::last_token),
        query_(params.get<std::string>("query", "")),
        gold_(params.get<std::string>("gold", "")),
        order_(params.get<std::string>("order", "best_first")) {}

  std::optional<Json> adapt(std::span<const Example>, std::span<const Example>, AdaptContext& context) override {
    Index index;
    std::size_t documents = 0;
    for (const Document& document : read_documents(documents_, text_, id_)) {
      ++documents;
      std::size_t chunk = 0;
      for (std::string& piece : pieces(document.text, context))
        index.passages.push_back({document.id, chunk++, std::move(piece)});
    }
    if (index.passages.empty()) throw assay::BadInput(documents_ + ": all documents are empty");
    if (method_ != "dense") {
      index.bm25.emplace(bm25_);
      for (const Passage& passage : index.passages) index.bm25->add(passage.text);
    }
    if (method_ != "bm25") {
      std::vector<std::string> texts;
      for (const Passage& passage : index.passages) texts.push_back(passage.text);
      index.vectors = embed(texts, pooling_, context, [&](std::size_t i) {
        return "passage " + std::to_string(index.passages[i].chunk) + " of document " + index.passages[i].source;
      });
    }
    index.save(context.directory());
    context.log("indexed " + std::to_string(index.passages.size()) + " passages of " + std::to_string(documents) +
                " documents");
    return Json{{"documents", documents}, {"passages", index.passages.size()}};
  }

  std::vector<Request> consult(const Input& input, const PromptContext&) const override {
    if (method_ == "bm25") return {};
    Request request{Embed{query(input), pooling_}, {}, {}};
    request.step = "retrieval";
    return {std::move(request)};
  }

  void compose(const Input& input, PromptDraft& draft, const PromptContext& context) const override {
    const Index& all = index(context);
    const std::span<const float> vector =
        method_ == "bm25" ? std::span<const float>() : std::span(context.consulted.front().embedding);
    const std::vector<Ranked> ranking = all.search(query(input), vector, candidates_, candidates_, rrf_k_);
    const std::size_t shown = std::min(passages_, ranking.size());
    Json sources = Json::array();
    for (std::size_t i = 0; i < shown; ++i) {
      const Ranked& one = ranking[order_ == "best_first" ? i : shown - 1 - i];
      const Passage& passage = all.passages[one.position];
      draft.passages.push_back({passage.text, passage.source});
      sources.push_back({{"source", passage.source}, {"chunk", passage.chunk}, {"score", one.score}});
    }
    draft.details["retrieval"]["sources"] = std::move(sources);
    if (!gold_.empty()) judge(input, all, ranking, draft);
  }

 private:
  [[nodiscard]] std::vector<std::string> pieces(const std::string& text, AdaptContext& context) const {
    if (chunk_tokens_ == 0)
      return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos ? std::vector<std::string>{}
                                                                        : std::vector{text};
    const LanguageModel& model = *context.model();
    const std::int64_t special = model.count_tokens({"", {}});  // what begins every prompt is no part of a passage
    const CountTokens count = [&](const std::string& piece) { return model.count_tokens({piece, {}}) - special; };
    return chunks(text, chunk_tokens_, static_cast<std::int64_t>(overlap_ * static_cast<double>(chunk_tokens_)), count);
  }

  [[nodiscard]] static const assay::OrderedJson& field(const Input& input, const std::string& parameter,
                                                       const std::string& name) {
    const auto found = input.fields.find(name);
    if (found != input.fields.end()) return *found;
    std::string known;
    for (const auto& [key, value] : input.fields.items()) known += (known.empty() ? "" : ", ") + key;
    throw assay::BadInput("`" + parameter + ": " + name + "` names a field that example " + input.id +
                          " does not show; it shows " + known +
                          " (fields that only the target is made from are hidden)");
  }

  [[nodiscard]] std::string query(const Input& input) const {
    if (query_.empty()) return input.text;
    const auto& value = field(input, "query", query_);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  /// Ids as texts: of one text or number, or of a list of them.
  [[nodiscard]] std::set<std::string> gold(const Input& input) const {
    const auto& value = field(input, "gold", gold_);
    std::set<std::string> ids;
    for (const auto& one : value.is_array() ? value : assay::OrderedJson::array({value})) {
      if (one.is_null()) continue;
      ids.insert(one.is_string() ? one.get<std::string>() : one.dump());
    }
    return ids;
  }

  /// What retrieval is worth by the documents that the row names; looked at after the passages were chosen.
  void judge(const Input& input, const Index& all, const std::vector<Ranked>& ranking, PromptDraft& draft) const {
    const std::set<std::string> wanted = gold(input);
    if (wanted.empty()) return;
    const auto recall = [&](std::size_t depth) {
      std::set<std::string> found;
      for (std::size_t i = 0; i < std::min(depth, ranking.size()); ++i) {
        const std::string& source = all.passages[ranking[i].position].source;
        if (wanted.contains(source)) found.insert(source);
      }
      return static_cast<double>(found.size()) / static_cast<double>(wanted.size());
    };
    double reciprocal = 0;
    for (std::size_t i = 0; i < ranking.size() && reciprocal == 0; ++i) {
      if (wanted.contains(all.passages[ranking[i].position].source)) reciprocal = 1 / static_cast<double>(i + 1);
    }
    draft.numbers["retrieval.recall@1"] = {.value = recall(1)};
    draft.numbers["retrieval.recall@" + std::to_string(passages_)] = {.value = recall(passages_)};
    draft.numbers["retrieval.mrr"] = {.value = reciprocal};
  }

  /// What `adapt` saved; read once.
  const Index& index(const PromptContext& context) const {
    if (!index_) index_ = Index::load(context.directory, bm25_);
    return *index_;
  }

  std::string documents_, text_, id_, method_;
  std::size_t passages_;
  std::int64_t chunk_tokens_;
  double overlap_;
  Bm25::Parameters bm25_;
  double rrf_k_;
  std::size_t candidates_;
  Pooling pooling_;
  std::string query_, gold_, order_;
  mutable std::optional<Index> index_;
};

}  // namespace
}  // namespace retrieval

ASSAY_STRATEGY(
    retrieval::Retrieval,
    {.name = "retrieval",
     .version = "1.0",
     .summary = "puts the passages of a document set that fit the question best before it",
     .params = R"json({"type":"object","additionalProperties":false,"required":["documents"],"properties":{
  "documents":{"type":"string","format":"documents","minLength":1,"description":"a .jsonl file or a folder of text files; relative to the experiment"},
  "text":{"type":"string","default":"text","description":"the field of a .jsonl document that is its text"},
  "id":{"type":"string","default":"id","description":"the field that names it; a file of a folder is named by its path"},
  "method":{"type":"string","enum":["bm25","dense","hybrid"],"default":"bm25",
    "description":"how passages are found: by words, by the cosine of the model's vectors, or by both rankings fused"},
  "passages":{"type":"integer","minimum":1,"maximum":1000,"default":3,"description":"passages put into each prompt"},
  "order":{"type":"string","enum":["best_first","best_last"],"default":"best_first","description":"their order in the prompt"},
  "chunk_tokens":{"type":"integer","minimum":0,"default":0,"description":"longest passage in the model's tokens; 0: documents are not cut"},
  "chunk_overlap":{"type":"number","minimum":0,"maximum":0.9,"default":0,"description":"share of chunk_tokens that a passage may repeat of the one before"},
  "k1":{"type":"number","minimum":0,"default":1.2,"description":"bm25: how fast repeated words stop to count"},
  "b":{"type":"number","minimum":0,"maximum":1,"default":0.75,"description":"bm25: how much length counts"},
  "candidates":{"type":"integer","minimum":1,"default":100,"description":"passages ranked: those that hybrid fuses, and how deep mrr looks"},
  "rrf_k":{"type":"number","minimum":0,"default":60,"description":"hybrid: the constant of reciprocal-rank fusion"},
  "pooling":{"type":"string","enum":["mean","last_token"],"default":"mean","description":"which hidden states become a text's vector"},
  "query":{"type":"string","default":"","description":"the row's field to search with; empty: the question as the dataset's input renders it"},
  "gold":{"type":"string","default":"","description":"the row's field that names the right document, or lists several: gives recall and mrr, and changes nothing else"}}})json",
     .adapts = true,
     .composes = true,
     .consults = true,
     .asks_in_adapt = true,
     .reads_no_rows = true,
     .asks_if =
         R"json({"anyOf":[{"properties":{"method":{"enum":["dense","hybrid"]}}},{"properties":{"chunk_tokens":{"minimum":1}}}]})json"})
