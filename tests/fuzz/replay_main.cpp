// SPDX-License-Identifier: MPL-2.0
// Runs a fuzzer's function over the files of a corpus, and over every prefix of the short ones:
// what an ordinary compiler without libFuzzer can do.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t all_prefixes_up_to = 512;

void run(const std::vector<std::uint8_t>& input) {
  // A copy of exactly that size on the heap: a sanitizer sees a read past its end.
  const std::vector<std::uint8_t> exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

std::vector<std::uint8_t> read(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, std::istreambuf_iterator<char>{}};
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  run({});
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      std::fprintf(stderr, "no corpus at %s: check one in\n", argv[i]);
      return 1;
    }
    for (const auto& entry : std::filesystem::directory_iterator{argv[i]}) {
      auto input = read(entry.path());
      run(input);
      while (input.size() <= all_prefixes_up_to && !input.empty()) {
        input.pop_back();
        run(input);
      }
      ++files;
    }
  }
  std::printf("%zu inputs\n", files);
  return files == 0 ? 1 : 0;
}
