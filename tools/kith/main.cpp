// SPDX-License-Identifier: MPL-2.0
#include "kith/cli.hpp"

int main(int argc, char** argv) {
  return kith::tool::run(argc, argv);
}
