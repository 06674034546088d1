#include "data/rows.h"
#include "fuzz/driver.h"
#include "fuzz/work_folder.h"

using namespace assay;

int main(int argc, char** argv) {
  const fuzz::WorkFolder folder;
  const std::vector<std::string> kinds = {".jsonl", ".csv", ".tsv"};
  fuzz::Target target;
  target.name = "rows";
  // The first byte says by which rule the rest is read.
  target.seeds = {
      "0{\"text\": \"a \\ud83d\\ude42\", \"label\": \"x\", \"list\": [1, {\"k\": null}]}\n\n{\"text\": 1.5e3, "
      "\"label\": false}\r\n",
      "1text,label\n\"a, \"\"b\"\"\nc\",x\r\n d , y\n\"\",\"\"\n", "1\xef\xbb\xbf\"a\",b\n1,2",
      "2text\tlabel\na\tb\r\n\"c\t d\n"};
  // clang-format off
  target.words = {"\"", "\"\"", ",", "\t", "\n", "\r\n", "\r", "\xef\xbb\xbf", "{", "}", "[", "]", ":", "\\u0000", "\\ud800", "\xc3\xa9", "\xff",
                  "null", "1e999", "{\"text\":1}", std::string(1, '\0'), "[[[[[[[[[[[["};
  // clang-format on
  target.reshape = [](const std::string& input, fuzz::Random& random) {
    if (input.empty() || input[0] != '0') return input;
    const std::size_t end = input.find('\n');
    return "0" + fuzz::mutate_json(input.substr(1, end == std::string::npos ? end : end - 1), random) +
           (end == std::string::npos ? "" : input.substr(end));
  };
  target.read = [&](const std::string& input) {
    if (input.empty()) return;
    const auto& kind = kinds[static_cast<unsigned char>(input[0]) % kinds.size()];
    data::RowReader reader(folder.write("rows" + kind, input.substr(1)), "rows" + kind);
    std::size_t bytes = 0;
    while (reader.next()) {
      bytes += reader.raw().size();
      static_cast<void>(reader.where());
      if (!reader.fields().is_object()) throw std::logic_error("a row that is no object");
    }
    if (bytes > input.size()) throw std::logic_error("rows hold more than the file");
  };
  return fuzz::run(target, argc, argv);
}
