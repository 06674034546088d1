#pragma once
#include <string>

namespace assay::report {

/// Compares a text with golden/NAME; ASSAY_UPDATE_GOLDEN=1 in the environment writes it anew, to be reviewed as a diff.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace assay::report
