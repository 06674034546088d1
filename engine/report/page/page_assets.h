#pragma once
#include <string_view>

namespace assay::report {

/// The page's program and style, bundled from src/ when assay was built. Both fit into a <script> or <style> element.
extern const std::string_view kPageScript, kPageStyle;

}  // namespace assay::report
