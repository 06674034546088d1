#include "models/remote/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "models/remote/dialect.h"
#include "models/remote/failure.h"

namespace assay::models::remote {
namespace {

using What = Listing::What;

constexpr double kLongest = 15;  // seconds: a server that is slower is asked nothing more of this
constexpr std::size_t kNamesShown = 8;

HttpOptions in_haste(HttpOptions options) {
  options.connect_seconds = std::min(options.connect_seconds, kLongest);
  options.read_seconds = std::min(options.read_seconds, kLongest);
  options.total_seconds = std::min(options.total_seconds, 2 * kLongest);
  return options;
}

/// The ids of {"data": [{"id"}, …]}; nothing where the answer is something else.
std::optional<std::vector<std::string>> names_in(const std::string& body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object() || !json.contains("data") || !json["data"].is_array()) return std::nullopt;
  std::vector<std::string> names;
  for (const Json& item : json["data"]) {
    if (item.is_object() && item.contains("id") && item["id"].is_string()) names.push_back(item["id"]);
  }
  return names;
}

/// Servers of Ollama's kind list "name:latest" for "name".
bool lists(const std::vector<std::string>& names, const std::string& model) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name == model || name == model + ":latest"; });
}

/// Whether an error is of the model and not of the path: servers without /models/NAME, and such as answer to any name, say 404 too.
bool denies(const std::string& body, const std::string& model) {
  const Json json = Json::parse(body, nullptr, false);
  const Json error = json.is_object() ? json.value("error", json) : Json();
  if (!error.is_object()) return false;
  if (error.contains("code") && error["code"] == "model_not_found") return true;
  const Json message = error.value("message", Json());
  return message.is_string() && message.get_ref<const std::string&>().find(model) != std::string::npos &&
         message.get_ref<const std::string&>().find("/models") == std::string::npos;
}

std::string shown(const std::vector<std::string>& names) {
  const std::vector<std::string> some(names.begin(),
                                      names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kNamesShown)));
  return names.empty()
             ? "none"
             : fmt::format("{}{}", fmt::join(some, ", "),
                           names.size() > kNamesShown ? fmt::format(" and {} more", names.size() - kNamesShown) : "");
}

class Looker {
 public:
  explicit Looker(const RemoteSettings& settings)
      : settings_(settings),
        dialect_(dialect_of(settings_)),
        client_(context_, parse_url(settings_.base_url), in_haste(settings_.http)) {}

  std::vector<Listing> look(const std::vector<std::string>& models) {
    std::vector<std::string> names;
    if (const Listing all = list(names); all.what != What::served) return std::vector<Listing>(models.size(), all);
    std::vector<Listing> found;
    for (const std::string& model : models) {
      if (lists(names, model)) {
        found.push_back({What::served, ""});
        continue;
      }
      const HttpResponse named = get("/models/" + escaped(model));
      if (named.status == 200) {
        found.push_back({What::served, ""});
      } else if (named.status == 404 && denies(named.body, model)) {
        found.push_back(
            {What::unknown, fmt::format("{} has no model '{}'; it lists {}", settings_.base_url, model, shown(names))});
      } else {
        found.push_back(
            {What::unlisted, fmt::format("{} does not list '{}' but {}", settings_.base_url, model, shown(names))});
      }
    }
    return found;
  }

 private:
  /// Served: there is a list. Its first page will do, as what it lacks is asked for by name.
  Listing list(std::vector<std::string>& names) {
    const HttpResponse answer = get("/models");
    if (answer.status == 0) return {What::untold, answer.body};
    if (answer.status == 401)
      return {What::bad_key, without_secrets(failure_of(answer, settings_.model).reason, settings_.secrets())};
    const auto told = answer.status == 200 ? names_in(answer.body) : std::nullopt;
    if (!told)
      return {What::untold, fmt::format("{} does not tell its models (status {})", settings_.base_url, answer.status)};
    names = *told;
    return {What::served, ""};
  }

  /// Status 0, and why, where no answer came.
  HttpResponse get(const std::string& path) {
    try {
      return send_and_wait(context_, client_, {"GET", path, dialect_->headers(), "", {}});
    } catch (const TransportError& error) {
      return {0, {}, without_secrets(error.what(), settings_.secrets())};
    }
  }

  const RemoteSettings& settings_;
  std::unique_ptr<Dialect> dialect_;
  boost::asio::io_context context_{1};
  HttpClient client_;
};

}  // namespace

std::vector<Listing> listed_models(const RemoteSettings& settings, const std::vector<std::string>& models) {
  return Looker(settings).look(models);
}

}  // namespace assay::models::remote
