// What encoding costs a core: English with a GPT-2-like byte-level vocabulary, and 1 MB without a space.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace {

using assay::text::Tokenizer;

/// English-like prose: words by Zipf's law, sentences, numbers, paragraphs; a new word every now and then.
std::string prose(std::size_t size) {
  // clang-format off
  const std::vector<std::string> words = {
      "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "was", "with", "as", "his", "on", "be", "at", "by", "had",
      "not", "are", "but", "from", "or", "have", "an", "they", "which", "one", "you", "were", "her", "all", "she", "there",
      "would", "their", "we", "him", "been", "has", "when", "who", "will", "more", "no", "if", "out", "so", "said", "what",
      "patients", "treatment", "river", "mountain", "children", "government", "economic", "understanding", "photosynthesis",
      "yesterday", "beautiful", "temperature", "international", "responsibility", "measurement", "significantly", "whether"};
  // clang-format on
  const std::vector<std::string> parts = {"con",  "tra",   "ling", "ment", "ous", "pre",
                                          "ster", "ation", "ver",  "ing",  "th",  "or"};
  static std::mt19937 random(7);
  std::uniform_real_distribution<double> uniform;
  std::string text;
  for (std::size_t in_sentence = 0; text.size() < size; ++in_sentence) {
    std::string word =
        words[static_cast<std::size_t>(static_cast<double>(words.size()) * uniform(random) * uniform(random))];
    if (random() % 12 == 0)
      for (word.clear(); word.size() < 5 + random() % 6;) word += parts[random() % parts.size()];
    if (random() % 60 == 0) word = std::to_string(random() % 3000);
    if (in_sentence == 0 && word[0] >= 'a') word[0] = static_cast<char>(word[0] - 'a' + 'A');
    text += word;
    if (random() % 14 == 0) {
      text += random() % 5 == 0 ? ".\n\n" : ". ";
      in_sentence = static_cast<std::size_t>(-1);
    } else {
      text += random() % 11 == 0 ? ", " : " ";
    }
  }
  return text;
}

std::string unbroken(std::size_t size) {
  static std::mt19937 random(11);
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + random() % 26);
  return text;
}

/// CPU seconds of this thread for encoding what `make` gives, another text every time; the best of five.
template <typename Make>
double seconds(const Tokenizer& tokenizer, Make make) {
  double best = 1e9;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const std::string text = make();
    timespec begin{}, end{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    if (tokenizer.encode(text).empty()) std::puts("nothing encoded");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    best = std::min(
        best, static_cast<double>(end.tv_sec - begin.tv_sec) + static_cast<double>(end.tv_nsec - begin.tv_nsec) * 1e-9);
  }
  return best;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: tokenizer_bench MODEL\n");
    return 2;
  }
  const auto tokenizer = Tokenizer::from_folder(arguments[1]);
  const double rate = 4.0 / seconds(tokenizer, [] { return prose(4'000'000); });
  std::printf("English, one core: %.1f MB/s (at least 10)\n", rate);
  const double quarter = seconds(tokenizer, [] { return unbroken(250'000); });
  const double whole = seconds(tokenizer, [] { return unbroken(1'000'000); });
  std::printf("1 MB without a space: %.2f s, %.1f times a quarter of it (at most 8)\n", whole, whole / quarter);
  return rate >= 10 && whole / quarter <= 8 ? 0 : 1;
}
