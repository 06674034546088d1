#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace assay::sdk {

/// One text of a document set.
struct Document {
  std::string id;  ///< unique in its set
  std::string text;
};

/// The files that a document set is made of, relative to it, sorted: the file itself (one empty path), or all regular
/// files of a folder and its folders whose name begins with no dot. @throws BadInput where there is none.
std::vector<std::filesystem::path> document_files(const std::filesystem::path& place);

/// A document set: a `.jsonl` file, each row an object whose field `text_field` is the text and whose field `id_field`
/// (a text or a whole number) names it; or a folder of text files, each a document whose id is its path within the
/// folder.
/// @throws BadInput naming file and row: a row that is no object, a field that is absent or no text (with the fields
/// that are there), an id that stands twice, bytes that are no UTF-8, a set without documents.
std::vector<Document> read_documents(const std::filesystem::path& place, const std::string& text_field,
                                     const std::string& id_field);

}  // namespace assay::sdk
