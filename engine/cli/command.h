#pragma once
#include <boost/program_options.hpp>
#include <string>
#include <vector>

namespace assay::cli {

enum ExitCode { all_done = 0, some_failed = 1, bad_input = 2, gate_closed = 3, interrupted = 130 };

/// One subcommand's page: what `assay NAME --help` prints beside its options.
struct Page {
  std::string name;
  std::string synopsis;     ///< "assay run FILE [OPTIONS]"
  std::string description;  ///< paragraphs
  std::string examples;     ///< indented lines
  std::string exit_status = "0 done   1 it failed   2 bad input   130 interrupted";
};

/// Parses one subcommand's arguments; `--help` is added to every page.
class Arguments {
 public:
  explicit Arguments(Page page) : page_(std::move(page)), options_("") {}

  /// Adds options; see Boost.Program_options.
  boost::program_options::options_description_easy_init add() { return options_.add_options(); }

  /// A positional argument, in the order of the calls; `many` takes all that follow.
  void positional(const std::string& name, const std::string& what, bool required = true, bool many = false);

  /// False when help was asked for and printed. @throws BadInput for an unknown option (with the nearest known), a missing
  /// argument, or a value of the wrong type.
  [[nodiscard]] bool parse(const std::vector<std::string>& arguments);

  [[nodiscard]] bool has(const std::string& name) const { return values_.count(name) != 0; }
  template <class T>
  [[nodiscard]] T get(const std::string& name) const {
    return values_[name].as<T>();
  }
  [[nodiscard]] std::vector<std::string> list(const std::string& name) const {
    return has(name) ? get<std::vector<std::string>>(name) : std::vector<std::string>{};
  }

 private:
  struct Positional {
    std::string name, what;
    bool required, many;
  };
  void print_help() const;

  Page page_;
  boost::program_options::options_description options_;
  std::vector<Positional> positionals_;
  boost::program_options::variables_map values_;
};

/// A subcommand: its name, the line `assay --help` shows, and what runs it.
struct Command {
  std::string name;
  std::string summary;
  int (*run)(const std::vector<std::string>& arguments);
  bool hidden = false;
};
const std::vector<Command>& commands();

int run_command(const std::vector<std::string>&);
int validate_command(const std::vector<std::string>&);
int plan_command(const std::vector<std::string>&);
int plugin_command(const std::vector<std::string>&);
int plugin_new_command(const std::vector<std::string>&);
int plugin_check_command(const std::vector<std::string>&);
int plugins_command(const std::vector<std::string>&);
int cost_command(const std::vector<std::string>&);
int report_command(const std::vector<std::string>&);
int gate_command(const std::vector<std::string>&);
int jobs_command(const std::vector<std::string>&);
int watch_command(const std::vector<std::string>&);
int show_command(const std::vector<std::string>&);
int export_adapter_command(const std::vector<std::string>&);
int score_command(const std::vector<std::string>&);
int export_command(const std::vector<std::string>&);
int prompt_command(const std::vector<std::string>&);
int prompt_render_command(const std::vector<std::string>&);
int pretrain_command(const std::vector<std::string>&);
int synth_command(const std::vector<std::string>&);
int generate_command(const std::vector<std::string>&);
int tokenize_command(const std::vector<std::string>&);
int logits_command(const std::vector<std::string>&);
int inspect_command(const std::vector<std::string>&);
int worker_command(const std::vector<std::string>&);

}  // namespace assay::cli
