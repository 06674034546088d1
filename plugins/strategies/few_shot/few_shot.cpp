#include <assay/sdk/error.h>
#include <assay/sdk/plugin.h>
#include <assay/sdk/random.h>
#include <assay/sdk/strategy.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "diversity.h"
#include "pool.h"

namespace few_shot {
namespace {

using namespace assay::sdk;
using assay::Json;
using Positions = std::vector<std::size_t>;

constexpr std::size_t kCandidates = 100;  // of MMR: the nearest rows, or four a shot where that is more

/// All positions by turns of their classes (targets, in the order of a draw): any beginning of it is as even as it can
/// be.
Positions balanced_order(const std::vector<Row>& rows, Random random) {
  Positions order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  random.shuffle(std::span(order));
  std::vector<Positions> classes;
  std::map<std::string, std::size_t> places;
  for (const std::size_t i : order) {
    const auto [place, fresh] = places.try_emplace(rows[i].target, classes.size());
    if (fresh) classes.emplace_back();
    classes[place->second].push_back(i);
  }
  Positions turns;
  for (std::size_t turn = 0; turns.size() < rows.size(); ++turn) {
    for (const Positions& one : classes) {
      if (turn < one.size()) turns.push_back(one[turn]);
    }
  }
  return turns;
}

/// Shows worked examples before the question (Brown et al. 2020, arXiv 2005.14165). What is chosen for a cell is
/// decided by `adapt`; what is chosen for a question, by `compose`. The question itself, or a row with the same input,
/// is never shown.
class FewShot final : public Strategy {
 public:
  explicit FewShot(const Params& params)
      : shots_(params.get<std::size_t>("shots", 4)),
        select_(params.get<std::string>("select", "random")),
        per_query_(params.get<bool>("per_query", false)),
        diversity_(params.get<std::string>("diversity", "mmr")),
        lambda_(params.get<double>("lambda", 0.5)),
        pooling_(params.get<std::string>("pooling", "mean") == "mean" ? Pooling::mean : Pooling::last_token),
        order_(params.get<std::string>("order", "auto")) {
    clusters_ = select_ == "diverse" && diversity_ == "k_means";
    by_nearness_ = select_ == "similar" || (select_ == "diverse" && !clusters_);
    if (order_ == "auto")
      order_ = by_nearness_ ? "nearest_last" : select_ == "balanced" || clusters_ ? "random" : "selected";
    measures_ = by_nearness_ || order_ == "nearest_last" || order_ == "nearest_first";
    embeds_ = measures_ && (select_ == "diverse" || params.get<std::string>("similarity", "bm25") == "embedding");
  }

  std::optional<Json> adapt(std::span<const Example> train, std::span<const Example>, AdaptContext& context) override {
    Pool pool = Pool::of(train);
    if (pool.rows.size() < shots_) {
      throw assay::BadInput("few_shot wants " + std::to_string(shots_) + " shots but the training split has only " +
                            std::to_string(pool.rows.size()) + " distinct examples; lower `shots`");
    }
    if (embeds_ || clusters_) {
      pool.index_vectors(pooling_, context);
    } else if (measures_) {
      pool.index_words();
    }
    Json state{{"seed", context.seed()}};
    if (!chooses_for_each()) {
      state["shots"] = Json::array();
      const Positions order = preferred(pool, context.seed());
      // One more than is shown takes the place of the one that is the question.
      for (std::size_t i = 0; i < std::min(shots_ + 1, order.size()); ++i) {
        state["shots"].push_back(to_json(pool.rows[order[i]]));
        state["shots"].back()["position"] = order[i];
      }
    }
    if (chooses_for_each() || measures_) pool.save(context.directory());
    return state;
  }

  std::vector<Request> consult(const Input& input, const PromptContext&) const override {
    if (!embeds_) return {};
    Request request{Embed{input.text, pooling_}, {}, {}};
    request.step = "few_shot";
    return {std::move(request)};
  }

  void compose(const Input& input, PromptDraft& draft, const PromptContext& context) const override {
    const auto seed = context.state->at("seed").get<std::uint64_t>();
    const std::string question = folded(input.text);
    std::vector<double> nearness;
    if (measures_) {
      const std::span<const float> vector =
          embeds_ ? std::span(context.consulted.front().embedding) : std::span<const float>();
      nearness = pool(context).nearness(input.text, vector);
    }
    std::vector<Shown> shown;
    if (chooses_for_each()) {
      const Pool& all = pool(context);
      for (const std::size_t i : chosen(all, question, nearness, input, seed)) shown.push_back({i, all.rows[i]});
    } else {
      for (const Json& shot : context.state->at("shots")) {
        Row candidate = row(shot);
        if (shown.size() == shots_ || folded(candidate.input) == question) continue;
        shown.push_back({shot.at("position").get<std::size_t>(), std::move(candidate)});
      }
    }
    arrange(shown, nearness, seed);
    for (const Shown& one : shown) {
      draft.shots.push_back({one.row.input, one.row.target, one.row.rationale});
      draft.details["few_shot"]["shots"].push_back(one.row.id);
    }
  }

 private:
  struct Shown {
    std::size_t position;
    Row row;
  };

  [[nodiscard]] bool chooses_for_each() const { return by_nearness_ || per_query_; }

  /// All rows in the order in which they are wanted, whatever the question.
  [[nodiscard]] Positions preferred(const Pool& pool, std::uint64_t seed, const Input* query = nullptr) const {
    if (clusters_) return k_means_order(*pool.vectors, shots_, seed);
    const Random random = query ? Random(seed, "few_shot.query", query->index) : Random(seed, "few_shot");
    if (select_ == "balanced") return balanced_order(pool.rows, random);
    Positions order(pool.rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (select_ == "random") Random(random).shuffle(std::span(order));
    return order;
  }

  /// The shots for one question.
  [[nodiscard]] Positions chosen(const Pool& pool, const std::string& question, const std::vector<double>& nearness,
                                 const Input& input, std::uint64_t seed) const {
    const bool spreads = by_nearness_ && select_ == "diverse";
    const std::size_t wanted = spreads ? std::max(kCandidates, 4 * shots_) : shots_;
    Positions order;
    if (by_nearness_) {
      for (const Ranked& one : best_of(nearness, wanted + 1)) order.push_back(one.position);
    } else {
      order = preferred(pool, seed, &input);
    }
    Positions found;
    for (const std::size_t i : order) {
      if (found.size() < wanted && folded(pool.rows[i].input) != question) found.push_back(i);
    }
    return spreads ? maximal_marginal_relevance(found, nearness, *pool.vectors, shots_, lambda_) : found;
  }

  void arrange(std::vector<Shown>& shown, const std::vector<double>& nearness, std::uint64_t seed) const {
    const auto sort_by = [&](const auto& key) {
      std::stable_sort(shown.begin(), shown.end(), [&](const Shown& a, const Shown& b) { return key(a) < key(b); });
    };
    if (order_ == "nearest_first" || order_ == "nearest_last")
      sort_by([&](const Shown& one) { return -nearness[one.position]; });
    if (order_ == "nearest_last") std::reverse(shown.begin(), shown.end());
    // By a number of each row's own, so that leaving one out moves no other.
    if (order_ == "random")
      sort_by([&](const Shown& one) { return Random(seed, "few_shot.order", one.position).next(); });
  }

  /// What `adapt` saved; read once.
  const Pool& pool(const PromptContext& context) const {
    if (!pool_) pool_ = Pool::load(context.directory);
    return *pool_;
  }

  std::size_t shots_;
  std::string select_;
  bool per_query_;
  std::string diversity_;
  double lambda_;
  Pooling pooling_;
  std::string order_;
  bool clusters_ = false;     ///< one shot a cluster, the same for all questions
  bool by_nearness_ = false;  ///< chosen by nearness to the question
  bool measures_ = false;     ///< needs each row's nearness to the question
  bool embeds_ = false;       ///< and measures it by vectors
  mutable std::optional<Pool> pool_;
};

}  // namespace
}  // namespace few_shot

ASSAY_STRATEGY(
    few_shot::FewShot,
    {.name = "few_shot",
     .version = "2.1",
     .summary = "shows worked examples from the training split before the question",
     .params = R"json({"type":"object","additionalProperties":false,
  "allOf":[{"description":"`per_query` draws anew for each question, which only `select: random` and `select: balanced` can",
    "if":{"properties":{"per_query":{"enum":[true]}}},"then":{"properties":{"select":{"enum":["random","balanced"]}}}}],"properties":{
  "shots":{"type":"integer","minimum":1,"maximum":1000,"default":4,"description":"examples shown in each prompt"},
  "select":{"type":"string","enum":["random","first","balanced","similar","diverse"],"default":"random",
    "description":"random: drawn by the cell's seed; first: the first rows of the training split; balanced: drawn, as many of each class (target); similar: the nearest to each question; diverse: near to each question and unlike each other (mmr), or one of each cluster (k_means)"},
  "per_query":{"type":"boolean","default":false,"description":"random, balanced: draw anew for each question instead of once a cell"},
  "similarity":{"type":"string","enum":["bm25","embedding"],"default":"bm25",
    "description":"what nearness is: BM25 over words, or the cosine of the model's vectors; diverse always uses vectors"},
  "pooling":{"type":"string","enum":["mean","last_token"],"default":"mean","description":"which hidden states become a text's vector"},
  "diversity":{"type":"string","enum":["mmr","k_means"],"default":"mmr","description":"diverse: maximal marginal relevance, or k-means"},
  "lambda":{"type":"number","minimum":0,"maximum":1,"default":0.5,"description":"mmr: 1 is nearness alone, 0 difference alone"},
  "order":{"type":"string","enum":["auto","selected","nearest_last","nearest_first","random"],"default":"auto",
    "description":"auto: nearest_last where shots are chosen by nearness, random for balanced and k_means, else as selected"}}})json",
     .adapts = true,
     .composes = true,
     .consults = true,
     .random = true,
     .needs_train = true,
     .asks_in_adapt = true,
     .random_if =
         R"json({"anyOf":[{"properties":{"select":{"enum":["random","balanced"]}}},{"properties":{"order":{"enum":["random"]}}},
  {"properties":{"select":{"enum":["diverse"]},"diversity":{"enum":["k_means"]}}}]})json",
     .asks_if = R"json({"anyOf":[{"properties":{"select":{"enum":["diverse"]}}},
  {"properties":{"similarity":{"enum":["embedding"]},"select":{"enum":["similar"]}}},
  {"properties":{"similarity":{"enum":["embedding"]},"order":{"enum":["nearest_last","nearest_first"]}}}]})json"})
