#include "models/remote/url.h"

#include <assay/sdk/error.h>
#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace assay::models::remote {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string variable(const char* small, const char* large) {
  const char* value = std::getenv(small);
  if (value == nullptr || *value == '\0') value = std::getenv(large);
  return value == nullptr ? "" : value;
}

/// %XX undone.
std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool code = text[i] == '%' && i + 2 < text.size() &&
                      std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                      std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    out += code ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)) : text[i];
    if (code) i += 2;
  }
  return out;
}

std::string base64(const std::string& text) {
  std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
  const int size =
      EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  return {out.begin(), out.begin() + size};
}

/// Whether an item of NO_PROXY means `host`: the host itself, a domain that it is in, or all.
bool excepts(std::string item, const std::string& host) {
  item.erase(std::remove_if(item.begin(), item.end(), [](unsigned char c) { return std::isspace(c) != 0; }),
             item.end());
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

std::string Url::target(const std::string& asked) const {
  if (query.empty()) return path + asked;
  return path + asked + (asked.find('?') == std::string::npos ? "?" : "&") + query;
}

bool Url::is_loopback() const {
  // A name may begin with 127. too.
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

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
  rest = rest.substr(0, rest.find('#'));
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    url.query = rest.substr(mark + 1);
    rest = rest.substr(0, mark);
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view place = rest.substr(0, slash);
  url.path = rest.substr(slash);
  while (url.path.ends_with('/')) url.path.pop_back();
  // What stands before an @ is a name and a key: it would be written wherever the address is.
  if (place.find('@') != std::string_view::npos)
    throw BadInput("an address holds no user name or key; give the key by api_key_env or api_key_file");
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
  const bool number = !url.port.empty() && url.port.size() <= 5 &&
                      std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (url.host.empty() || !number)
    throw BadInput(fmt::format("'{}' is no address: it needs a host, and a number for its port", text));
  return url;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  return out;
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
  const std::size_t scheme = proxy.find("://");
  std::string place = scheme == std::string::npos ? proxy : proxy.substr(scheme + 3);
  std::string user;
  if (const std::size_t at = place.substr(0, place.find('/')).rfind('@'); at != std::string::npos) {
    user = place.substr(0, at);
    place.erase(0, at + 1);
  }
  Url found = parse_url((scheme == std::string::npos ? "http://" : proxy.substr(0, scheme + 3)) + place);
  if (!user.empty()) found.authorization = "Basic " + base64(unescaped(user));
  return found;
}

}  // namespace assay::models::remote
