#pragma once

namespace assay::store {

/// schemas/store.sql as it was when this binary was built.
extern const char* const kSchema;

/// PRAGMA user_version of a database with that schema. A database of another version is made anew from results/.
inline constexpr int kSchemaVersion = 4;

}  // namespace assay::store
