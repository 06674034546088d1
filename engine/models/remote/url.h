#pragma once
#include <optional>
#include <string>

namespace assay::models::remote {

/// An http:// or https:// address in parts.
struct Url {
  bool tls = false;
  std::string host;  ///< without the brackets of an IPv6 address
  std::string port;  ///< "443" where none is written
  std::string path;  ///< "/v1"; without a slash at its end

  /// Host and port as a Host header and a CONNECT request write them; a scheme's own port is left out where `whole` is false.
  [[nodiscard]] std::string authority(bool whole = false) const;
  /// Whether it names this machine: nothing that is sent there leaves it.
  [[nodiscard]] bool is_loopback() const;
};

/// @throws BadInput where `text` is no such address
Url parse_url(const std::string& text);

/// The proxy that https_proxy or HTTPS_PROXY names for `url`; none where no_proxy or NO_PROXY excepts its host (a list of
/// hosts and domains, `*` for all), or where the address is plain http. @throws BadInput where the variable is no address
std::optional<Url> proxy_for(const Url& url);

}  // namespace assay::models::remote
