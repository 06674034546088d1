// remote_server [--port-file FILE] [--log FILE] [--faults SHARE] [--kinds a,b] [--rate N] [--latency MS] [--words a,b] [--key K]
//               [--models a,b] [--port N] [--fingerprint TEXT] [--fingerprint-lasts ANSWERS] [--job-tick MS] [--job-metadata yes|no] [--certificate-for NAME --days N --folder-of-key FOLDER]
//               [--model FOLDER: a local model answers]
// Prints its port. Serves until its standard input ends.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

#include "remote_server/certificate.h"
#include "remote_server/model_answers.h"
#include "remote_server/remote_server.h"

namespace {

std::vector<std::string> list(const std::string& text) {
  std::vector<std::string> items;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  return items;
}

}  // namespace

int main(int count, char** arguments) {
  assay::test::RemoteServer::Options options;
  options.remembers = false;
  std::string host, folder;
  int days = 2;
  std::shared_ptr<assay::test::ModelAnswers> model;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i], value = arguments[i + 1];
    if (name == "--log") options.log = value;
    if (name == "--faults") options.fault_share = std::stod(value);
    if (name == "--rate") options.requests_per_minute = std::stod(value);
    if (name == "--latency") options.latency_ms = std::stod(value);
    if (name == "--models") options.models = list(value);
    if (name == "--port") options.port = std::stoi(value);
    if (name == "--fingerprint") options.fingerprint = value;
    if (name == "--fingerprint-lasts") options.fingerprint_lasts = std::stoi(value);
    if (name == "--words") options.words = list(value);
    if (name == "--job-tick") options.jobs.tick_seconds = std::stod(value) / 1000;
    if (name == "--job-metadata") options.jobs.keeps_metadata = value == "yes";
    if (name == "--key") options.key = value;
    if (name == "--certificate-for") host = value;
    if (name == "--model") {
      model = std::make_shared<assay::test::ModelAnswers>(value);
      options.answer = [model](const std::string& path, const assay::Json& body) { return model->answer(path, body); };
    }
    if (name == "--days") days = std::stoi(value);
    if (name == "--folder-of-key") folder = value;
    if (name == "--kinds") {
      for (const std::string& kind : list(value)) options.faults.push_back(assay::test::fault_named(kind));
    }
  }
  if (!host.empty()) {
    assay::test::make_certificate(folder, host, days);
    options.certificate = folder + "/cert.pem";
    options.private_key = folder + "/key.pem";
  }
  const assay::test::RemoteServer server(options);
  std::cout << server.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
  std::fflush(nullptr);
  std::_Exit(0);
}
