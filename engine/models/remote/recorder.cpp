#include "models/remote/recorder.h"

#include <assay/sdk/error.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "models/remote/failure.h"

namespace assay::models::remote {

Recorder::Recorder(std::string file) : file_(std::move(file)) {
  bool whole = true;
  {
    std::ifstream in(file_, std::ios::binary);
    for (std::string line; std::getline(in, line);) {
      whole = !in.eof();
      const Json row = Json::parse(line, nullptr, false);
      if (row.is_object() && row.contains("key") && row["key"].is_string())
        there_.insert(row["key"].get<std::string>());
    }
  }
  descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw Error(fmt::format("{}: `record` cannot be written: {}", file_, std::strerror(errno)));
  if (!whole) {
    throw Error(fmt::format("{}: its last line was not written to its end; take it out, then run again", file_));
  }
}

Recorder::~Recorder() { ::close(descriptor_); }

void Recorder::add(const std::string& key, const sdk::Request& request, const sdk::Completion& completion,
                   const std::string& model, const std::vector<std::string>& secrets) {
  const auto* generate = std::get_if<sdk::Generate>(&request.what);
  if (generate == nullptr || !there_.insert(key).second) return;
  Json row = {{"key", key}, {"id", request.example_id}, {"model", model}, {"prompt", generate->prompt.text}};
  for (const sdk::Message& message : generate->prompt.messages)
    row["messages"].push_back({{"role", message.role}, {"content", message.content}});
  if (completion.samples.size() == 1) {
    row["output"] = completion.samples.front().text;
  } else {
    for (const sdk::Sample& sample : completion.samples) row["output"].push_back(sample.text);
  }
  const sdk::Usage& usage = completion.usage;
  row["usage"] = {{"prompt_tokens", usage.prompt_tokens}, {"completion_tokens", usage.completion_tokens}};
  if (usage.cached_prompt_tokens > 0)
    row["usage"]["prompt_tokens_details"] = {{"cached_tokens", usage.cached_prompt_tokens}};
  const std::string line = without_secrets(row.dump(-1, ' ', false, Json::error_handler_t::replace), secrets) + '\n';
  if (::write(descriptor_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw Error(fmt::format("{}: `record` cannot be written: {}", file_, std::strerror(errno)));
  }
}

}  // namespace assay::models::remote
