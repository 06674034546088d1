#include <assay/sdk/documents.h>
#include <assay/sdk/error.h>
#include <assay/sdk/json.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

namespace assay::sdk {
namespace fs = std::filesystem;
namespace {

/// Whether `text` is UTF-8, by the JSON library's own check.
bool is_utf8(const std::string& text) {
  try {
    static_cast<void>(Json(text).dump());
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  if (!in) throw BadInput(file.string() + ": cannot be read");
  return text;
}

std::string fields_of(const Json& row) {
  std::string names;
  for (const auto& [name, value] : row.items()) names += (names.empty() ? "" : ", ") + name;
  return names;
}

std::string field(const Json& row, const std::string& name, bool whole_number_too, const std::string& where) {
  const auto found = row.find(name);
  if (found == row.end()) {
    throw BadInput(where + ": this document has no field '" + name + "'; its fields: " + fields_of(row));
  }
  if (found->is_string()) return found->get<std::string>();
  if (whole_number_too && found->is_number_integer()) return found->dump();
  throw BadInput(where + ": the field '" + name + "' must be a text, found " + found->type_name());
}

std::vector<Document> read_rows(const fs::path& file, const std::string& text_field, const std::string& id_field) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw BadInput(file.string() + ": cannot be read");
  std::vector<Document> documents;
  std::set<std::string> ids;
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const std::string where = file.string() + ":" + std::to_string(number);
    const Json row = Json::parse(line, nullptr, false);
    if (!row.is_object()) throw BadInput(where + ": a document must be a JSON object on one line");
    Document document{field(row, id_field, true, where), field(row, text_field, false, where)};
    if (!ids.insert(document.id).second) throw BadInput(where + ": the document id '" + document.id + "' stands twice");
    documents.push_back(std::move(document));
  }
  if (documents.empty()) throw BadInput(file.string() + ": there is no document in it");
  return documents;
}

}  // namespace

std::vector<fs::path> document_files(const fs::path& place) {
  if (fs::is_regular_file(place)) {
    if (place.extension() != ".jsonl")
      throw BadInput(place.string() + ": documents are a .jsonl file or a folder of text files");
    return {fs::path()};
  }
  if (!fs::is_directory(place)) throw BadInput(place.string() + ": there is no such file or folder of documents");
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::recursive_directory_iterator entry(place, failed), end; !failed && entry != end; entry.increment(failed)) {
    if (entry->path().filename().string().starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      files.push_back(entry->path().lexically_relative(place));
    }
  }
  if (failed) throw BadInput(place.string() + ": the folder cannot be read: " + failed.message());
  if (files.empty()) throw BadInput(place.string() + ": there is no document in this folder");
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Document> read_documents(const fs::path& place, const std::string& text_field,
                                     const std::string& id_field) {
  const std::vector<fs::path> files = document_files(place);
  if (files.front().empty()) return read_rows(place, text_field, id_field);
  std::vector<Document> documents;
  for (const fs::path& name : files) {
    documents.push_back({name.generic_string(), read_file(place / name)});
    if (!is_utf8(documents.back().text) || !is_utf8(documents.back().id)) {
      throw BadInput((place / name).string() +
                     ": this document is no UTF-8 text; convert it, or move it out of the folder");
    }
  }
  return documents;
}

}  // namespace assay::sdk
