#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "assay/sdk/error.h"
#include "cli/command.h"
#include "cli/installation.h"
#include "pretrain/corpus.h"
#include "pretrain/tasks/tasks.h"

namespace assay::cli {
namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

void write_whole(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw Error("cannot write " + path.string() + ": is the disk full?");
}

int write_tasks(const Arguments& arguments) {
  if (!arguments.has("out")) throw BadInput("synth tasks needs --out DIR, the folder to write to");
  synth::TaskOptions options;
  options.data_seed = arguments.get<std::uint64_t>("data-seed");
  if (arguments.has("frames")) options.frames = arguments.get<std::string>("frames");
  options.words = arguments.has("words") ? fs::path(arguments.get<std::string>("words")) : words_folder();
  const fs::path out = arguments.get<std::string>("out");
  for (const auto& file : synth::make_tasks(options)) {
    write_whole(out / file.path, file.text);
    std::cout << (out / file.path).string() << "\n";
  }
  return all_done;
}

int write_corpus(const Arguments& arguments) {
  synth::CorpusOptions options;
  options.seed = arguments.get<std::uint64_t>("seed");
  const synth::Corpus corpus(arguments.has("words") ? fs::path(arguments.get<std::string>("words")) : words_folder(),
                             options);
  if (arguments.has("shares")) {
    synth::write_corpus_shares(std::cout, corpus, arguments.get<std::uint64_t>("count"));
  } else {
    synth::write_corpus_sample(std::cout, corpus, arguments.get<std::uint64_t>("count"));
  }
  return all_done;
}

}  // namespace

int synth_command(const std::vector<std::string>& args) {
  Arguments arguments(
      {"synth",
       "assay synth tasks --out DIR [--data-seed N] [--frames FILE]\nassay synth corpus [--seed N] [--count K] "
       "[--shares]",
       "tasks   writes the project's task families (train, validation and test rows as JSONL), fresh for every data\n"
       "        seed; FILE holds other sentence frames than the built-in ones. Point an experiment at them by --set.\n"
       "corpus  prints documents of the corpus that nano is pretrained on, or its shares by family.",
       "assay synth tasks --data-seed 7 --out fresh\n"
       "assay run experiments/quickstart.yaml --set datasets.routing.train=$PWD/fresh/routing/train.jsonl …"});
  arguments.positional("WHAT", "tasks or corpus");
  arguments.add()("out", po::value<std::string>()->value_name("DIR"), "tasks: where to write");
  arguments.add()("data-seed", po::value<std::uint64_t>()->default_value(1)->value_name("N"),
                  "tasks: which rows are drawn");
  arguments.add()("frames", po::value<std::string>()->value_name("FILE"), "tasks: JSON of sentence frames");
  arguments.add()("words", po::value<std::string>()->value_name("DIR"), "word lists in place of the installed ones");
  arguments.add()("seed", po::value<std::uint64_t>()->default_value(1)->value_name("N"),
                  "corpus: which documents are drawn");
  arguments.add()("count", po::value<std::uint64_t>()->default_value(20)->value_name("K"),
                  "corpus: how many documents");
  arguments.add()("shares", "corpus: print each family's share instead of documents");
  if (!arguments.parse(args)) return all_done;
  const auto what = arguments.get<std::string>("WHAT");
  if (what == "tasks") return write_tasks(arguments);
  if (what == "corpus") return write_corpus(arguments);
  throw BadInput("synth writes 'tasks' or 'corpus', not '" + what + "'");
}

}  // namespace assay::cli
