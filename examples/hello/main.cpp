// SPDX-License-Identifier: MPL-2.0

// A whole service: one method, one topic.

#include <kith/node.hpp>

#include "greeting.hpp"

int main(int argc, char** argv) {
  kith::node node{kith::config::from("hello", argc, argv)};
  auto greeted = node.publishes(hello::greeted);
  node.serve(hello::greet, [&](hello::name who) {
    if (who.text.empty()) {
      throw kith::invalid_argument{"text", "a name has at least one letter"};
    }
    hello::greeting answer{"hello, " + who.text};
    static_cast<void>(greeted.publish(answer));
    return answer;
  });
  return node.run();
}
