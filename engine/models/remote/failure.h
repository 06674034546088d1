#pragma once
#include <string>
#include <vector>

#include "assay/sdk/json.h"
#include "models/remote/http_client.h"

namespace assay::models::remote {

/// What an answer without a completion means.
struct Failure {
  enum class What {
    again,     ///< it may be answered another time
    refused,   ///< this request is not answered, others may be
    invalid,   ///< the server does not take the request as it is: the next ones are no better unless some were answered
    stop,      ///< no request is answered: bad key, unknown model, spent quota, another server than it should be
    filtered,  ///< the provider's filter withheld the answer
  };
  What what = What::again;
  std::string reason;    ///< for a person
  bool busy = false;     ///< the server said, or showed, that it is too much for it
  bool trouble = false;  ///< the server or the way to it is at fault, not the request
};

/// Of an answer whose status is not 2xx.
Failure failure_of(const HttpResponse&, const std::string& model);
/// Of an error that came with a status of 200, or in the midst of a stream: its code or type tells what the status would be.
Failure failure_of(const Json& told, const std::string& model);
Failure failure_of(const TransportError&);

/// Whether a body, or a piece of a stream, is an error in the place of an answer.
bool tells_error(const Json&);

/// `text` without `secrets`, of which none is a part of a later one, wherever they stand in it. A key of less than eight
/// letters is no secret but a word that stands for none, and may be a part of any text.
std::string without_secrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace assay::models::remote
