#pragma once
#include <filesystem>

#include "store/bundle.h"
#include "store/database.h"

namespace assay::store {

/// Writes what a bundle says into the database, replacing what stood there for its stage. Call within a transaction.
/// @throws Corrupted when the bundle's files do not say what their kind needs.
void ingest(Database&, const Bundle&, const std::filesystem::path& results);

/// Takes a stage out of the database: its bundle is gone or damaged. Call within a transaction.
void forget(Database&, const std::string& stage);

}  // namespace assay::store
