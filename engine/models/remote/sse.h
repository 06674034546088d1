#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::models::remote {

/// An event of a text/event-stream (WHATWG HTML, section 9.2).
struct ServerEvent {
  std::string name;  ///< "message" where none is given
  std::string data;  ///< its lines, joined by line feeds
  std::string id;    ///< given with it; empty where none is
};

/// Takes a stream's bytes as they come, cut anywhere: inside a line, a CR LF or a letter of several bytes.
class EventReader {
 public:
  /// The events that `bytes` complete. An event that no blank line ends is none.
  std::vector<ServerEvent> feed(std::string_view bytes);

 private:
  void line(std::string_view);

  std::string partial_;
  ServerEvent next_{"message", "", ""};
  bool has_data_ = false;
  bool after_cr_ = false;
  bool began_ = false;
  std::vector<ServerEvent> events_;
};

}  // namespace assay::models::remote
