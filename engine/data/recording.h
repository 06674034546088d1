#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "assay/sdk/language_model.h"
#include "data/fingerprint.h"

namespace assay::data {

/// How the rows of a recording (a JSONL file of what a model once answered) are read. Each member after `path` is a
/// field's name, or Jinja over the row's fields and `row_number` (from 1, where the row has no such field); empty: unused.
struct RecordingSource {
  std::string path;  ///< .jsonl, absolute
  /// What a request must agree with to be answered by a row; at least one, and with several all must agree.
  std::string prompt;       ///< the prompt's text
  std::string prompt_file;  ///< in place of `prompt`: a Jinja file, absolute
  std::string messages;     ///< a field that holds a list of {role, content}
  std::string input;        ///< Input::text of the example asked about
  std::string id;           ///< Input::id of it
  std::string completion;   ///< the answer; a field may hold a list of texts: samples in order
  std::string usage;        ///< a field that holds an object with (some of) the three below, as OpenAI's API returns it
  std::string prompt_tokens, cached_prompt_tokens,
      completion_tokens;  ///< in place of `usage`: fields that hold numbers
};
/// Reads what `to_json` writes; members may be absent.
RecordingSource recording_source(const Json&);
Json to_json(const RecordingSource&);

/// A row of a recording; what the source does not name is absent.
struct RecordedRow {
  std::optional<std::string> prompt, input, id;
  std::optional<std::vector<sdk::Message>> messages;
  std::vector<std::string> completions;  ///< samples in order, at least one
  std::optional<sdk::Usage> usage;
  std::string where;  ///< "outputs.jsonl, row 3 (line 4)"
};

/// Hands over the rows one after the other.
/// @throws BadInput naming file, row and line for what cannot be read: a field that is not there, a completion that is no
/// text, tokens that are no number; and for a file without rows.
void for_each_recorded(const RecordingSource&, const std::function<void(RecordedRow)>& each);

/// What a recording answers, and with what: SHA-256 of its file and of the prompt file with what that includes, and the
/// fields used. Reads every row unless the unchanged file was read before.
/// @throws BadInput as for_each_recorded does, and for a prompt file that is not there or no template.
Json recording_identity(const RecordingSource&, FileHashes&);

}  // namespace assay::data
