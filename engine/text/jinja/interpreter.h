#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/jinja/ast.h"
#include "text/jinja/machine.h"
#include "text/jinja/template_error.h"

namespace assay::text::jinja {

/// Names bound at one level of a template; outer levels stand behind it.
struct Scope {
  std::shared_ptr<Scope> outer;
  std::vector<std::pair<std::string, Value>> names;

  const Value* find(std::string_view name) const;
  void set(const std::string& name, Value value);
};

using SourcePtr = std::shared_ptr<const Source>;

/// One template with what it extends, while it renders.
struct Rendering {
  std::shared_ptr<Scope> root;  ///< top-level names, shared along the inheritance
  SourcePtr parent;             ///< set once an extends was met
  /// By block name: its definitions from the most derived template to the base.
  std::map<std::string, std::vector<std::pair<const Statement*, SourcePtr>>, std::less<>> blocks;
};

struct LoopSource;

/// Walks a parsed template. One instance renders once; not thread-safe.
class Interpreter : public Machine {
 public:
  /// Gives the parsed template of a name, or null.
  using Load = std::function<SourcePtr(const std::string& name)>;

  explicit Interpreter(Load load) : load_(std::move(load)) {}
  ~Interpreter();

  std::string render(const SourcePtr& source, const Value& variables);
  /// Where, in what `render` gave, generation blocks wrote: [begin, end). Those inside macros and captured text are left out.
  std::vector<std::pair<std::size_t, std::size_t>> generated;

 private:
  friend struct MacroObject;
  friend struct LoopObject;
  friend struct BlockObject;

  enum class Flow { next, break_loop, continue_loop };

  /// A text in the making. A part that is no text is an error only when the parts are joined: what is thrown away is not.
  struct Output {
    std::string text;
    std::optional<TemplateError> stray;
  };

  /// Sets `autoescape` for as long as it lives.
  class Autoescape {
   public:
    Autoescape(Interpreter& interpreter, bool on) : place_(interpreter.autoescape), old_(std::exchange(place_, on)) {}
    ~Autoescape() { place_ = old_; }
    Autoescape(const Autoescape&) = delete;
    Autoescape& operator=(const Autoescape&) = delete;

   private:
    bool& place_;
    bool old_;
  };

  /// Where a statement runs.
  struct Frame {
    SourcePtr source;
    std::shared_ptr<Rendering> rendering;
    std::shared_ptr<Scope> scope;
    bool top_level = false;            ///< what is set here is exported
    bool quiet_after_extends = false;  ///< output is dropped once the template extends another
    const std::string* block = nullptr;
    std::size_t block_depth = 0;
  };

  // Statements (interpreter.cpp)
  Flow run(const Body& body, Frame& frame);
  Flow run(const Statement& node, Frame& frame);
  Flow run_if(const Statement& node, Frame& frame);
  Flow run_with(const Statement& node, const Frame& frame);
  void run_output(const Statement& node, Frame& frame);
  Flow run_set_block(const Statement& node, Frame& frame);
  Flow run_generation(const Statement& node, const Frame& frame);
  Flow run_filter_block(const Statement& node, const Frame& frame);
  Flow run_autoescape(const Statement& node, Frame& frame);
  void run_call_block(const Statement& node, Frame& frame);
  void run_block(const Statement& node, const Frame& frame);
  void run_macro(const Statement& node, Frame& frame);
  void assign(const Target& target, const Value& value, Frame& frame);
  bool escapes(const Statement& node) const {
    return node.escaping == Escaping::as_rendered ? autoescape : node.escaping == Escaping::on;
  }
  bool is_quiet(const Frame& frame) const { return frame.quiet_after_extends && frame.rendering->parent != nullptr; }

  // Loops (loops.cpp)
  Flow run_for(const Statement& node, const Frame& frame);
  Value unpacked(const Target& target, const Value& value);
  Flow loop_over(const Statement& node, const Frame& frame, LoopSource source, int depth);

  // Other templates (inheritance.cpp)
  void run_template(const SourcePtr& source, const std::shared_ptr<Rendering>& rendering);
  void run_extends(const Statement& node, Frame& frame);
  void run_include(const Statement& node, const Frame& frame);
  void run_import(const Statement& node, Frame& frame);
  void run_block_at(const std::string& name, std::size_t depth, const std::shared_ptr<Rendering>& rendering,
                    const std::shared_ptr<Scope>& scope);
  Value block_value(const std::string& name, std::size_t depth, const std::shared_ptr<Rendering>& rendering,
                    const std::shared_ptr<Scope>& scope);
  SourcePtr load(const Value& name, bool ignore_missing);
  Value module(const Statement& node, const Frame& frame);

  // Expressions (evaluation.cpp)
  Value evaluate(const Expression& node, const Frame& frame);
  Value evaluate_inner(const Expression& node, const Frame& frame);
  Value name(const std::string& name, const Frame& frame);
  Value comparison(const Expression& node, const Frame& frame);
  Value filter(const Expression& node, const Value& input, const Frame& frame);
  /// Like filter, for filters that take what a block produced: the innermost has no input of its own.
  Value filter_chain(const Expression& node, const Value& input, const Frame& frame);
  Arguments arguments(const CallArguments& list, const Frame& frame);

  /// Runs `produce` with output going to a text of its own.
  template <typename Produce>
  std::string capture(Produce produce) {
    return joined(collect(std::move(produce)));
  }
  template <typename Produce>
  Output collect(Produce produce);
  /// @throws TemplateError where a part is no text.
  static std::string joined(Output output);
  void write(std::string_view text);
  /// What a block gave, as it is.
  void write_part(const Value& value, const Statement& node, const Frame& frame);
  /// Macros and blocks hold the scope that holds them; `~Interpreter` cuts these circles.
  void remember(const std::shared_ptr<Scope>& scope) { captured_.push_back(scope); }

  Load load_;
  int depth_ = 0;  // of evaluate()
  Output* out_ = nullptr;
  const Output* page_ = nullptr;  // where the template itself writes
  std::vector<std::weak_ptr<Scope>> captured_;
};

template <typename Produce>
Interpreter::Output Interpreter::collect(Produce produce) {
  struct Redirect {
    Redirect(Output*& place, Output& text) : out(place), old(place) { out = &text; }
    ~Redirect() { out = old; }
    Redirect(const Redirect&) = delete;
    Redirect& operator=(const Redirect&) = delete;
    Output*& out;
    Output* old;
  };
  Output output;
  {
    const Redirect redirect(out_, output);
    produce();
  }
  return output;
}

}  // namespace assay::text::jinja
