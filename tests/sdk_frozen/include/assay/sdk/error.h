#pragma once
#include <stdexcept>
#include <string>

namespace assay {

/// Base of every error that assay throws. `what()` is written for the person who meets it: what happened, where
/// (file:line:column where there is one), and what to do about it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user's input (a flag, an experiment, a data row, a model folder) cannot be used. Commands exit with 2.
class BadInput : public Error {
 public:
  using Error::Error;
};

/// A model cannot answer what was asked of it (log-probabilities of a model that gives none, a prompt past its window).
class UnsupportedModel : public Error {
 public:
  using Error::Error;
};

/// More would be asked of a model than the stage's budget leaves.
class BudgetSpent : public Error {
 public:
  using Error::Error;
};

/// A file of our own (a bundle, the store) is torn or was changed; it can be made again.
class Corrupted : public Error {
 public:
  using Error::Error;
};

/// Work ended because somebody asked it to stop.
class Stopped : public Error {
 public:
  using Error::Error;
};

}  // namespace assay
