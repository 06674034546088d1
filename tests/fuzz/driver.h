#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/mutation.h"

namespace assay::fuzz {

/// A reader of untrusted text, to be fed changed inputs. It may refuse one with an assay::Error; whatever else happens
/// (another exception, a crash, a run past the limits) is a finding.
struct Target {
  std::string name;
  std::vector<std::string> seeds;  ///< inputs that show the format's parts
  std::vector<std::string> words;  ///< what the format is written in, to be inserted
  std::function<void(const std::string& input)> read;
  /// Changes an input by what the format means; may be empty, and is then left out.
  std::function<std::string(const std::string& input, Random& random)> reshape;
  std::size_t longest = 16'384;       ///< bytes of an input
  std::size_t memory = 1024UL << 20;  ///< bytes that reading may add to the process
  double seconds = 5;                 ///< that reading one input may take; ten times that under sanitizers
};

/// `[--seconds S] [--seed N] [--keep FOLDER] [FILE…]`: reads each FILE, or else seeds and what it makes of them, until the
/// time is over. Equal seeds give equal inputs. The input at hand stands in FOLDER/<name>.input, where it is left
/// when it fails. Returns an exit status.
int run(const Target& target, int argc, char** argv);

}  // namespace assay::fuzz
