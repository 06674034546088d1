#pragma once
#include <assay/sdk/json.h>

#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace assay::fuzz {

using Random = std::mt19937_64;

/// From 0 up to, but not including, `count`. REQUIRES count > 0.
inline std::size_t below(Random& random, std::size_t count) { return static_cast<std::size_t>(random() % count); }

template <class T>
const T& one_of(const std::vector<T>& list, Random& random) {
  return list[below(random, list.size())];
}

/// One change of a text: bytes, numbers, words, stretches that move, or the tail of `other`.
std::string mutate(std::string text, const std::string& other, const std::vector<std::string>& words, Random& random);

/// One change of a JSON document: a value somewhere in it replaced, removed, doubled, or put in another one's place.
Json mutate(Json document, Random& random);

/// The same for the text of one; a text that is no JSON stays as it is.
std::string mutate_json(const std::string& text, Random& random);

}  // namespace assay::fuzz
