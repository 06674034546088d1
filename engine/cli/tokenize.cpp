#include <fmt/format.h>

#include <iostream>

#include "assay/sdk/error.h"
#include "cli/model_input.h"

namespace assay::cli {
namespace po = boost::program_options;

namespace {

/// A token's text with what would not show (line ends, control characters) escaped as JSON writes it, without the quotes.
std::string visible(const std::string& text) {
  const std::string quoted = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

int tokenize_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"tokenize", "assay tokenize MODEL [--text TEXT] [OPTIONS]",
       "Prints the tokens of a text, one a line: id, then the text that it stands for. Without --text the text is\n"
       "read from standard input. With --decode the ids are read (a JSON array) and their text is printed.",
       "assay tokenize experiments/models/nano --text ' a wasp is an insect .'\n"
       "echo '[1, 2, 3]' | assay tokenize experiments/models/nano --decode"});
  arguments.positional("MODEL", "a folder with tokenizer.json");
  arguments.add()("text", po::value<std::string>()->value_name("TEXT"), "the text");
  arguments.add()("no-special", "do not add the special tokens that the model wants around a text");
  arguments.add()("decode", "read ids, print text");
  arguments.add()("json", "print a JSON array of ids");
  if (!arguments.parse(args)) return all_done;

  const auto tokenizer = text::Tokenizer::from_folder(model_folder(arguments));
  const std::string text = arguments.has("text") ? arguments.get<std::string>("text") : read_text("-");
  if (arguments.has("decode")) {
    const Json ids = Json::parse(text, nullptr, false);
    if (!ids.is_array() ||
        !std::all_of(ids.begin(), ids.end(), [](const Json& id) { return id.is_number_integer(); })) {
      throw BadInput("--decode reads a JSON array of token ids, such as [1, 2, 3]");
    }
    std::cout << tokenizer.decode(ids.get<std::vector<text::TokenId>>(), false) << "\n";
    return all_done;
  }
  const auto ids = tokenizer.encode(text, !arguments.has("no-special"));
  if (arguments.has("json")) {
    std::cout << Json(ids).dump() << "\n";
    return all_done;
  }
  for (const auto id : ids) std::cout << fmt::format("{:>7}  {}\n", id, visible(tokenizer.decode({&id, 1}, false)));
  std::cout << fmt::format("{} tokens\n", ids.size());
  return all_done;
}

}  // namespace assay::cli
