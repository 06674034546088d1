#pragma once
#include <array>
#include <cstddef>
#include <string_view>

#include "assay/sdk/metric.h"
#include "assay/sdk/strategy.h"

/// Raised when the layout or meaning of anything in these headers changes; a library built for another is refused.
#define ASSAY_SDK_VERSION 6

#define ASSAY_STRINGIZE_(x) #x
#define ASSAY_STRINGIZE(x) ASSAY_STRINGIZE_(x)
/// clang++ lays objects out as g++ does and yet calls its ABI 1002 for ever: assay_add_plugin says whose it follows.
#ifndef ASSAY_CXX_ABI_VERSION
#define ASSAY_CXX_ABI_VERSION __GXX_ABI_VERSION
#endif
/// What must agree between a plugin and its host for C++ objects to cross: compiler family and ABI, C++ library, JSON.
#define ASSAY_ABI_TAG \
  "gxx-abi" ASSAY_STRINGIZE(ASSAY_CXX_ABI_VERSION) "-libstdcxx-cxx11abi" ASSAY_STRINGIZE(_GLIBCXX_USE_CXX11_ABI) "-json" \
      ASSAY_STRINGIZE(NLOHMANN_JSON_VERSION_MAJOR) "." ASSAY_STRINGIZE(NLOHMANN_JSON_VERSION_MINOR) "-" ASSAY_STRINGIZE(__cplusplus)

namespace assay::sdk {

/// What a plugin says about itself. Read from the library's `.assay.manifest` section, without loading it.
struct Manifest {
  std::string_view name;     ///< lower_snake_case; the word used in YAML
  std::string_view version;  ///< the plugin's own; part of the stage key of built-in plugins
  std::string_view summary;  ///< one line for `assay plugins`
  std::string_view params = R"({"type":"object","properties":{},"additionalProperties":false})";  ///< JSON Schema

  // Strategies
  bool adapts = false;            ///< implements `adapt` (prompt-side state)
  bool trains = false;            ///< fine-tunes: implements assay/torch's interface
  bool composes = false;          ///< implements `compose`
  bool drives = false;            ///< implements `next`; at most one in a list
  bool consults = false;          ///< implements `consult`
  bool reads = false;             ///< implements `question` or `answer`; at most one in a list, beside a driver
  bool random = false;            ///< its adapt depends on the seed
  bool needs_train = false;       ///< needs a training split
  bool needs_validation = false;  ///< needs a validation split
  bool needs_choices = false;     ///< needs a dataset with choices
  bool asks_in_adapt = false;     ///< asks the model while adapting
  bool tries =
      false;  ///< its adapt asks about rows as the whole list would (`attempt`); at most one in a list. `select`
              ///< and `budget` ({"tokens", "dollars"}) among its parameters are read by the engine
  bool reads_no_rows = false;  ///< its adapt looks neither at training nor at validation rows
  /// JSON Schemas over the parameters: only settings that fit depend on the seed, or ask the model in `adapt` and `consult`.
  /// Where empty, all do whose flag is set.
  std::string_view random_if = "", asks_if = "";
  std::string_view sites =
      "";  ///< comma-separated sites that it trains: weight_delta, scaling, prefix_keys_and_values, prefix_embeddings, residual_module

  // Metrics
  bool measures = false;    ///< reads timings of the `measure` stage
  bool throughput = false;  ///< reads the whole-batch timing of the `measure` stage's throughput part
  bool asks = false;        ///< asks a judge model
  bool prices = false;      ///< reads dollars, so the price sheet is part of its stages' keys
};

namespace detail {

/// The manifest as JSON, made at compile time, so that it lies in the library as plain text.
struct JsonCounter {
  std::size_t size = 0;
  constexpr void put(char) { ++size; }
};
template <std::size_t N>
struct JsonWriter {
  std::array<char, N> text{};
  std::size_t size = 0;
  constexpr void put(char c) { text[size++] = c; }
};

template <class Out>
constexpr void put_raw(Out& out, std::string_view text) {
  for (const char c : text) out.put(c);
}
template <class Out>
constexpr void put_string(Out& out, std::string_view text) {
  out.put('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.put('\\');
    out.put(c == '\n' || c == '\t' ? ' ' : c);
  }
  out.put('"');
}
template <class Out>
constexpr void put_manifest(Out& out, std::string_view kind, std::string_view sdk, std::string_view abi,
                            std::string_view torch, const Manifest& m) {
  const auto text = [&](std::string_view key, std::string_view value) {
    put_string(out, key), out.put(':'), put_string(out, value), out.put(',');
  };
  const auto flag = [&](std::string_view key, bool value) {
    put_string(out, key), out.put(':'), put_raw(out, value ? "true" : "false"), out.put(',');
  };
  out.put('{');
  put_raw(out, R"("sdk":)"), put_raw(out, sdk), out.put(',');
  text("abi", abi), text("torch", torch), text("kind", kind), text("name", m.name), text("version", m.version);
  text("summary", m.summary), text("sites", m.sites);
  flag("adapts", m.adapts), flag("trains", m.trains), flag("composes", m.composes), flag("drives", m.drives);
  flag("consults", m.consults), flag("reads", m.reads), flag("reads_no_rows", m.reads_no_rows);
  put_raw(out, R"("random_if":)"), put_raw(out, m.random_if.empty() ? "true" : m.random_if), out.put(',');
  put_raw(out, R"("asks_if":)"), put_raw(out, m.asks_if.empty() ? "true" : m.asks_if), out.put(',');
  flag("random", m.random), flag("needs_train", m.needs_train), flag("asks_in_adapt", m.asks_in_adapt);
  flag("tries", m.tries), flag("needs_validation", m.needs_validation), flag("needs_choices", m.needs_choices);
  flag("measures", m.measures), flag("throughput", m.throughput), flag("asks", m.asks), flag("prices", m.prices);
  put_raw(out, R"("params":)"), put_raw(out, m.params), out.put('}');
}

}  // namespace detail
}  // namespace assay::sdk

#ifndef ASSAY_PLUGIN_SDK_VERSION  // tests build a plugin of another SDK by defining it
#define ASSAY_PLUGIN_SDK_VERSION ASSAY_SDK_VERSION
#endif
#ifndef ASSAY_PLUGIN_TORCH_VERSION  // assay/torch/fine_tuning.h defines it
#define ASSAY_PLUGIN_TORCH_VERSION ""
#endif

#define ASSAY_PLUGIN_(kind, Base, Class, ...)                                                                  \
  namespace {                                                                                                  \
  constexpr ::assay::sdk::Manifest assay_manifest_value __VA_ARGS__;                                           \
  constexpr void assay_manifest_put(auto& out) {                                                               \
    ::assay::sdk::detail::put_manifest(out, kind, ASSAY_STRINGIZE(ASSAY_PLUGIN_SDK_VERSION), ASSAY_ABI_TAG,    \
                                       ASSAY_PLUGIN_TORCH_VERSION, assay_manifest_value);                      \
  }                                                                                                            \
  constexpr std::size_t assay_manifest_size = [] {                                                             \
    ::assay::sdk::detail::JsonCounter counter;                                                                 \
    assay_manifest_put(counter);                                                                               \
    return counter.size;                                                                                       \
  }();                                                                                                         \
  }                                                                                                            \
  extern "C" {                                                                                                 \
  __attribute__((visibility("default"), used,                                                                  \
                 section(".assay.manifest"))) extern constexpr std::array<char, assay_manifest_size>           \
      assay_manifest_json = [] {                                                                               \
        ::assay::sdk::detail::JsonWriter<assay_manifest_size> writer;                                          \
        assay_manifest_put(writer);                                                                            \
        return writer.text;                                                                                    \
      }();                                                                                                     \
  __attribute__((visibility("default"), used)) Base* assay_plugin_create(const ::assay::sdk::Params* params) { \
    return new Class(*params);                                                                                 \
  }                                                                                                            \
  }

/// Registers `Class`, constructible from `const Params&`, as the one strategy of this library:
/// `ASSAY_STRATEGY(FewShot, {.name = "few_shot", .version = "1.0", .composes = true})`.
#define ASSAY_STRATEGY(Class, ...) ASSAY_PLUGIN_("strategy", ::assay::sdk::Strategy, Class, __VA_ARGS__)

/// Registers `Class`, constructible from `const Params&`, as the one metric of this library.
#define ASSAY_METRIC(Class, ...) ASSAY_PLUGIN_("metric", ::assay::sdk::Metric, Class, __VA_ARGS__)
