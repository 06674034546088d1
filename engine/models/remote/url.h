#pragma once
#include <optional>
#include <string>

namespace assay::models::remote {

/// An http:// or https:// address in parts.
struct Url {
  bool tls = false;
  std::string host;                ///< without the brackets of an IPv6 address
  std::string port;                ///< "443" where none is written
  std::string path;                ///< "/v1"; without a slash at its end
  std::string query;               ///< "api-version=1": sent with every request; mostly empty
  std::string authorization = {};  ///< of a proxy: what it is sent as Proxy-Authorization, never shown; empty: nothing

  /// Host and port as a Host header and a CONNECT request write them; a scheme's own port is left out where `whole` is false.
  [[nodiscard]] std::string authority(bool whole = false) const;
  /// What is asked for: `asked`, a path that may bring a query, under this address.
  [[nodiscard]] std::string target(const std::string& asked) const;
  /// Whether it names this machine: nothing that is sent there leaves it.
  [[nodiscard]] bool is_loopback() const;
};

/// @throws BadInput where `text` is no such address
Url parse_url(const std::string& text);

/// `text` as one part of a path or query: letters, digits and what RFC 3986 leaves as it is, the rest as %XX.
std::string escaped(const std::string& text);

/// The proxy that https_proxy or HTTPS_PROXY names for `url`; none where no_proxy or NO_PROXY excepts its host (a list of
/// hosts and domains, `*` for all), or where the address is plain http. A user name and password before
/// an @ become its `authorization` (RFC 7617). @throws BadInput where the variable is no address, without what stands before the @
std::optional<Url> proxy_for(const Url& url);

}  // namespace assay::models::remote
