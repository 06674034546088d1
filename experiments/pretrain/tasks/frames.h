#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace assay::synth {

/// frames.json as it was when the program was built.
extern const std::string_view kEmbeddedFrames;

/// The sentence frames of the task families: texts with slots such as `{noun}`.
///
/// A file of frames is a JSON object {family: [frame, …]}, or {family: {group: [frame, …]}} where a family has groups.
/// It may name any of the families; the others keep the built-in frames. Frames are lower-cased and their punctuation
/// is set off by spaces, so ordinary sentences may be written.
class Frames {
 public:
  static Frames built_in();

  /// @throws BadInput  with the file and every fault at once: no JSON, an unknown family, group or slot, a slot
  /// missing.
  static Frames read(const std::filesystem::path& file);

  /// The frames of a family and, where it has groups, of one group.
  const std::vector<std::string>& of(std::string_view family, std::string_view group = "") const;

  /// Where a family's frames come from, for messages: the file or "the built-in frames".
  const std::string& source(std::string_view family) const;

 private:
  void overlay(std::string_view text, const std::string& source);

  std::map<std::string, std::vector<std::string>, std::less<>> frames_;  // "family" or "family.group"
  std::map<std::string, std::string, std::less<>> sources_;
};

/// What stands in each slot of a frame.
using Filling = std::map<std::string, std::string, std::less<>>;

/// The frame with its slots filled; "a" becomes "an" where the word that follows wants it.
std::string fill(std::string_view frame, const Filling& filling);

}  // namespace assay::synth
