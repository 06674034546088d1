#pragma once
#include <string>

#include "assay/sdk/json.h"
#include "models/remote/http_client.h"

namespace assay::models::remote {

/// What an answer without a completion means.
struct Failure {
  enum class What {
    again,            ///< it may be answered another time
    refused,          ///< this request is not answered, others may be
    invalid,          ///< the server does not take the request as it is: the next ones are no better unless some were answered
    stop,             ///< no request is answered: bad key, unknown model, spent quota, another server than it should be
    filtered,         ///< the provider's filter withheld the answer
  };
  What what = What::again;
  std::string reason;    ///< for a person
  bool busy = false;     ///< the server said, or showed, that it is too much for it
  bool trouble = false;  ///< the server or the way to it is at fault, not the request
};

/// Of an answer whose status is not 2xx.
Failure failure_of(const HttpResponse&, const std::string& model);
Failure failure_of(const TransportError&);

/// `text` without `key`, wherever it stands in it.
std::string without_key(std::string text, const std::string& key);

}  // namespace assay::models::remote
