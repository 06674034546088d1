#pragma once
#include <filesystem>

#include "config/yaml.h"

namespace assay::config {

/// Writes out `for_each`: `{task: [a, b]}` makes of every list item that holds `${task}`, and of every map entry whose key
/// holds it, one copy a value; the outermost such item or entry is copied. A value may be a path with one `*` in its last
/// part: what the star stands for in the names that are there, sorted (folders alone where the path ends in a slash).
/// A value `{path, only, skip}` takes of these the ones that fit `only` and not `skip`; where none is left, items and entries that
/// hold it are left out.
/// A variable of one value is written wherever it stands. Several are written out one after the other, and a later one's
/// values may name an earlier one. The key `for_each` stays as it is; what is malformed in it is
/// left to the schema.
/// @throws InvalidExperiment: a `*` that matches nothing, `${task}` of several values where nothing can be copied, keys that come out equal.
void write_out_for_each(Node& root, const std::filesystem::path& folder);

}  // namespace assay::config
