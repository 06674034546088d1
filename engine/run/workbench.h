#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assay/sdk/metric.h"
#include "assay/sdk/strategy.h"
#include "data/dataset.h"
#include "host/catalog.h"
#include "models/local/local_model.h"
#include "models/remote/remote_model.h"
#include "plan/job.h"
#include "run/journal.h"
#include "store/bundle.h"

namespace assay::train {
class Backend;
}

namespace assay::run {

/// What a worker keeps between stages: loaded plugins, datasets, the model, the training backend.
class Workbench {
 public:
  explicit Workbench(Journal& journal);
  virtual ~Workbench();

  virtual std::shared_ptr<sdk::Strategy> strategy(const plan::PartJob&);
  std::shared_ptr<sdk::Metric> metric(const plan::MetricJob&);

  /// The examples of a split; the last few splits stay loaded.
  const std::vector<sdk::Example>& examples(const data::DatasetSource&, data::Split);

  /// Lets go of large splits, and of a simulated or recorded model that knows one, before a stage that reads neither.
  void make_room();

  /// The model with the adapters of these bundles' `adapter` folders merged in. Stays open until another is asked for.
  /// `answers` is the split that is asked about: a simulated model knows its targets, a recorded
  /// one finds answers by its inputs. @throws BadInput, UnsupportedModel
  sdk::LanguageModel& model(const plan::ModelJob&, int threads, const std::vector<store::Bundle>& adapters,
                            const data::DatasetSource&, data::Split answers);
  /// The local model without what strategies trained, beside the one that `model` opened and for as long.
  sdk::LanguageModel& untrained(const plan::ModelJob&, int threads);
  /// A local model that nobody else holds, with what these folders have merged in. @throws BadInput
  std::unique_ptr<models::LocalModel> adapted(const plan::ModelJob&, int threads,
                                              const std::vector<std::filesystem::path>& adapters);
  /// The same as what it is; null where the model has no weights here.
  models::LocalModel* local_model() { return local_; }
  /// The same where it is asked over HTTP; null where it is not.
  models::remote::RemoteModel* remote_model() { return remote_; }
  /// What remote models are asked through; without it they show what they would ask.
  void use_gateway(std::shared_ptr<models::remote::Gateway> gateway) { gateway_ = std::move(gateway); }
  [[nodiscard]] models::remote::Gateway* gateway() const { return gateway_.get(); }

  /// `asked` is told, from now on, each name that a plugin asks its parameters for, as long as it keeps them.
  void watch_parameters(std::function<void(const std::string& name)> asked) { asked_ = std::move(asked); }

  /// Opens libassay_torch on first use. @throws BadInput when it is not installed.
  train::Backend& backend();

  Journal& journal() { return journal_; }

 private:
  const host::LoadedPlugin& plugin(const std::string& library);

  Journal& journal_;
  std::function<void(const std::string&)> asked_;
  std::map<std::string, host::LoadedPlugin> plugins_;
  struct Examples {
    std::string source;
    std::unique_ptr<std::vector<sdk::Example>> rows;
  };
  std::vector<Examples> datasets_;
  std::string model_name_;
  bool model_knows_examples_ = false;
  std::unique_ptr<sdk::LanguageModel> model_;
  models::LocalModel* local_ = nullptr;
  models::remote::RemoteModel* remote_ = nullptr;
  std::shared_ptr<models::remote::Gateway> gateway_;
  std::unique_ptr<models::LocalModel> untrained_;
  std::shared_ptr<void> torch_library_;
  train::Backend* backend_ = nullptr;
};

/// What a plugin threw that is none of assay's errors.
class UntypedException : public Error {
 public:
  using Error::Error;
};

/// Says in the journal whose code runs while it lives, and turns what that code throws into an error that names it.
template <class Call>
decltype(auto) in_plugin(Journal& journal, const std::string& plugin, Call&& call) {
  struct Leave {
    Journal& journal;
    ~Leave() { journal.leave(); }
  } leave{journal};
  journal.enter(plugin);
  try {
    return call();
  } catch (const Stopped&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw Error("plugin '" + plugin + "': out of memory");
  } catch (const Error& error) {
    throw Error("plugin '" + plugin + "': " + error.what());
  } catch (const std::exception& error) {
    throw UntypedException("plugin '" + plugin + "': " + error.what());
  } catch (...) {
    throw UntypedException("plugin '" + plugin + "' threw something that is no std::exception");
  }
}

}  // namespace assay::run
