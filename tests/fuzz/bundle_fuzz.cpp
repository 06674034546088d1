#include <algorithm>

#include "fuzz/driver.h"
#include "fuzz/work_folder.h"
#include "store/bundle.h"
#include "store/ingest.h"

using namespace assay;

namespace {

const std::string rows_file = "predictions.jsonl";

/// bundle.json on the first line, the rows of predictions.jsonl after it.
std::pair<std::string, std::string> parts(const std::string& input) {
  const std::size_t end = std::min(input.find('\n'), input.size());
  return {input.substr(0, end), input.substr(std::min(end + 1, input.size()))};
}

/// Changes either part and keeps the size that bundle.json tells true, so that the rows are read.
std::string reshape(const std::string& input, fuzz::Random& random) {
  auto [header, rows] = parts(input);
  if (random() % 2 == 0)
    header = fuzz::mutate_json(header, random);
  else if (const std::size_t end = rows.find('\n'); end != std::string::npos)
    rows = fuzz::mutate_json(rows.substr(0, end), random) + rows.substr(end);
  Json document = Json::parse(header, nullptr, false);
  if (document.is_object() && document.contains("files") && document["files"].is_object() &&
      document["files"].contains(rows_file) && document["files"][rows_file].is_object() && random() % 8 != 0)
    document["files"][rows_file]["size"] = rows.size();
  return (document.is_discarded() ? header : document.dump()) + "\n" + rows;
}

}  // namespace

int main(int argc, char** argv) {
  const fuzz::WorkFolder folder;
  const std::string row =
      R"({"id":"1","index":0,"prompt":"Route: a","outputs":["x"],"answer":"x","target":"x","references":["x"],"choices":["x","y"],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":1},"ms":1.5})";
  const std::string rows = row + "\n" + row + "\n";
  fuzz::Target target;
  target.name = "bundle";
  target.seeds = {
      R"({"format":1,"key":"k","kind":"generate","inputs":{"model":{"dtype":"f32"},"seed":null},"files":{"predictions.jsonl":{"size":)" +
      std::to_string(rows.size()) +
      R"(,"sha256":"00"}},"kpis":{"tokens":{"value":4,"unit":"","higher_is_better":false}},)" +
      R"("timing":{"seconds":0.5,"peak_rss":100}})" + "\n" + rows};
  target.words = {"null",
                  "true",
                  "1e999",
                  "\"files\":{}",
                  "\"..\":{\"size\":4096}",
                  "\"format\":1",
                  "\"kpis\":[]",
                  "{",
                  "}",
                  "[",
                  "]",
                  ",",
                  "\n",
                  "\xff",
                  "\"ms\":null",
                  "[[[[[[[[[["};
  target.reshape = reshape;
  store::Database database(folder.path() / "assay.sqlite");
  database.make_schema();
  target.read = [&](const std::string& input) {
    const auto [header, text] = parts(input);
    folder.write("stage/bundle.json", header);
    folder.write("stage/" + rows_file, text);
    const auto bundle = store::Bundle::open(folder.path() / "stage", "k");
    static_cast<void>(bundle.signature());
    SQLite::Transaction transaction(database.connection());
    store::ingest(database, bundle, folder.path());
  };
  return fuzz::run(target, argc, argv);
}
