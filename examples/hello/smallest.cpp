// SPDX-License-Identifier: MPL-2.0

#include <kith/node.hpp>

struct name {
  std::string text;
};
KITH_DESCRIBE(name, text)

struct greeting {
  std::string text;
};
KITH_DESCRIBE(greeting, text)

constexpr kith::method<name, greeting> greet{"hello.greet", kith::idempotent};

int main(int argc, char** argv) {
  kith::node node{kith::config::from("hello", argc, argv)};
  node.serve(greet, [](const name& who) { return greeting{"hello, " + who.text}; });
  return node.run();
}
