#include "models/remote/url.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace assay::models::remote {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string variable(const char* small, const char* large) {
  const char* value = std::getenv(small);
  if (value == nullptr || *value == '\0') value = std::getenv(large);
  return value == nullptr ? "" : value;
}

/// Whether an item of NO_PROXY means `host`: the host itself, a domain that it is in, or all.
bool excepts(std::string item, const std::string& host) {
  item.erase(std::remove_if(item.begin(), item.end(), [](unsigned char c) { return std::isspace(c) != 0; }), item.end());
  item = lower(item.substr(0, item.find(':')));
  if (item == "*") return true;
  if (item.starts_with("*")) item.erase(0, 1);
  if (item.starts_with(".")) item.erase(0, 1);
  if (item.empty()) return false;
  return host == item || (host.size() > item.size() && host.ends_with("." + item));
}

}  // namespace

std::string Url::authority(bool whole) const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return !whole && port == (tls ? "443" : "80") ? name : name + ":" + port;
}

bool Url::is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Url parse_url(const std::string& text) {
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    throw BadInput(fmt::format("'{}' is no http:// or https:// address", text));
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view place = rest.substr(0, slash);
  url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  // What stands before an @ is a name and a key: it would be written wherever the address is.
  if (place.find('@') != std::string_view::npos) throw BadInput("an address holds no user name or key; give the key by api_key_env or api_key_file");
  if (place.starts_with('[')) {
    const std::size_t close = place.find(']');
    if (close == std::string_view::npos) throw BadInput(fmt::format("'{}' has an unfinished IPv6 address", text));
    url.host = place.substr(1, close - 1);
    place.remove_prefix(close + 1);
  } else {
    const std::size_t colon = std::min(place.find(':'), place.size());
    url.host = place.substr(0, colon);
    place.remove_prefix(colon);
  }
  url.host = lower(url.host);
  url.port = place.starts_with(':') ? place.substr(1) : std::string_view(url.tls ? "443" : "80");
  const bool number = !url.port.empty() && url.port.size() <= 5 && std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (url.host.empty() || !number) throw BadInput(fmt::format("'{}' is no address: it needs a host, and a number for its port", text));
  return url;
}

std::optional<Url> proxy_for(const Url& url) {
  const std::string proxy = variable("https_proxy", "HTTPS_PROXY");
  if (!url.tls || proxy.empty()) return std::nullopt;
  const std::string except = variable("no_proxy", "NO_PROXY");
  for (std::size_t at = 0; at <= except.size();) {
    const std::size_t comma = std::min(except.find(',', at), except.size());
    if (excepts(except.substr(at, comma - at), url.host)) return std::nullopt;
    at = comma + 1;
  }
  return parse_url(proxy.find("://") == std::string::npos ? "http://" + proxy : proxy);
}

}  // namespace assay::models::remote
