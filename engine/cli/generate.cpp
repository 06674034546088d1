#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/model_input.h"
#include "models/turn_end.h"

namespace assay::cli {
namespace po = boost::program_options;

namespace {

/// What generation_config.json asks for, where the command line asks for nothing else.
sdk::GenerationSettings model_defaults(const std::filesystem::path& folder) {
  sdk::GenerationSettings settings;
  std::ifstream file(folder / "generation_config.json");
  if (!file) return settings;
  const Json config = Json::parse(file, nullptr, false);
  if (!config.is_object()) throw BadInput((folder / "generation_config.json").string() + ": this is no JSON object");
  const auto number = [&](const char* key, double otherwise) {
    return config.contains(key) && config[key].is_number() ? config[key].get<double>() : otherwise;
  };
  if (config.value("do_sample", false)) {
    settings.temperature = number("temperature", 1.0);
    settings.top_p = number("top_p", 1.0);
    settings.top_k = static_cast<int>(number("top_k", 50));  // transformers' default
    settings.min_p = number("min_p", 0.0);
  }
  settings.repetition_penalty = number("repetition_penalty", 1.0);
  return settings;
}

sdk::GenerationSettings settings_of(const Arguments& arguments) {
  sdk::GenerationSettings settings = model_defaults(model_folder(arguments));
  const auto take = [&](const char* name, auto& value) {
    if (arguments.has(name)) value = arguments.get<std::decay_t<decltype(value)>>(name);
  };
  take("max-tokens", settings.max_tokens);
  take("temperature", settings.temperature);
  take("top-p", settings.top_p);
  take("top-k", settings.top_k);
  take("min-p", settings.min_p);
  take("repetition-penalty", settings.repetition_penalty);
  take("frequency-penalty", settings.frequency_penalty);
  take("presence-penalty", settings.presence_penalty);
  settings.stop = arguments.list("stop");
  return settings;
}

sdk::Prompt prompt_of(const Arguments& arguments, const models::LocalModel& model) {
  sdk::Prompt prompt;
  if (!arguments.has("chat")) {
    prompt.text = arguments.has("prompt") ? arguments.get<std::string>("prompt") : read_text("-");
    return prompt;
  }
  if (arguments.has("prompt"))
    throw BadInput("--prompt is a text to continue, --chat a message to answer: give one of them");
  if (arguments.has("system")) prompt.messages.push_back({"system", arguments.get<std::string>("system")});
  prompt.messages.push_back({"user", arguments.get<std::string>("chat")});
  prompt.text = model.render_chat(prompt.messages, true);
  return prompt;
}

}  // namespace

int generate_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"generate", "assay generate MODEL [--prompt TEXT | --chat TEXT] [OPTIONS]",
       "Continues a text, or answers a message through the model's chat template, and prints what the model\n"
       "writes as it comes. Without --prompt and --chat the text is read from standard input. Settings that are\n"
       "not given are those of the model's generation_config.json, else greedy.",
       "assay generate experiments/models/nano --system 'show the steps' --chat 'tom has 8 plums , buys 5 . how many "
       "?'\n"
       "assay generate experiments/models/nano --prompt ' a wasp is' --temperature 0.8 --samples 3 --seed 7"});
  add_model_options(arguments);
  arguments.add()("prompt", po::value<std::string>()->value_name("TEXT"), "a text to continue");
  arguments.add()("chat", po::value<std::string>()->value_name("TEXT"), "a message to answer");
  arguments.add()("system", po::value<std::string>()->value_name("TEXT"), "with --chat: the system message before it");
  arguments.add()("max-tokens", po::value<int>()->value_name("N"), "at most so many tokens are written (256)");
  arguments.add()("temperature", po::value<double>()->value_name("X"), "0 is greedy");
  arguments.add()("top-p", po::value<double>()->value_name("X"), "draw among the most probable that hold this share");
  arguments.add()("top-k", po::value<int>()->value_name("N"), "draw among so many; 0: all");
  arguments.add()("min-p", po::value<double>()->value_name("X"),
                  "draw among those this probable against the most probable");
  arguments.add()("repetition-penalty", po::value<double>()->value_name("X"),
                  "divides the logits of tokens that stood before");
  arguments.add()("frequency-penalty", po::value<double>()->value_name("X"),
                  "taken off a token's logit each time it was written");
  arguments.add()("presence-penalty", po::value<double>()->value_name("X"),
                  "taken off a token's logit once it was written");
  arguments.add()("stop", po::value<std::vector<std::string>>()->value_name("TEXT"),
                  "end before this text; may be repeated");
  arguments.add()("samples", po::value<int>()->default_value(1)->value_name("N"),
                  "continuations, each after a line of its own");
  arguments.add()("seed", po::value<std::uint64_t>()->default_value(0)->value_name("N"), "of the draws");
  if (!arguments.parse(args)) return all_done;

  models::LocalModel model = open_model(arguments);
  const int samples = arguments.get<int>("samples");
  sdk::Request request;
  sdk::GenerationSettings settings = settings_of(arguments);
  if (settings.stop.empty() && arguments.has("chat")) settings.stop = models::turn_end(model);
  request.what = sdk::Generate{prompt_of(arguments, model), std::move(settings), samples, false};
  request.draw.seed = arguments.get<std::uint64_t>("seed");
  if (samples == 1) {
    model.listen([](sdk::RequestId, std::size_t, std::string_view text) { std::cout << text << std::flush; });
  }
  std::vector<sdk::Request> requests;
  requests.push_back(std::move(request));
  model.submit(std::move(requests));
  const auto finished = model.collect();
  const sdk::Completion& completion = finished.at(0).completion;
  if (!completion.error.empty()) throw BadInput(completion.error);
  if (samples == 1) {
    std::cout << "\n";
    return all_done;
  }
  for (std::size_t i = 0; i < completion.samples.size(); ++i) {
    std::cout << fmt::format("--- {}\n{}\n", i + 1, completion.samples[i].text);
  }
  return all_done;
}

}  // namespace assay::cli
