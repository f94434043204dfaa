// SPDX-License-Identifier: MPL-2.0
#include "dated_certificates.hpp"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "security/armour.hpp"
#include "security/certificate.hpp"
#include "security/service_keys.hpp"

namespace kith::test {
namespace {

void write(const std::string& path, std::string_view label, byte_view body) {
  std::ofstream{path} << security::to_armour(label, body).view();
  ::chmod(path.c_str(), 0600);
}

std::chrono::sys_seconds in_days(const char* days) {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
         std::chrono::days{std::stoi(days)};
}

}  // namespace

int write_dated_certificates(int argc, char** argv) {
  if (argc < 4 || (argc - 4) % 3 != 0) {
    std::cerr << "DIRECTORY DOMAIN SERVICE NAME FROM TO ...\n";
    return 2;
  }
  const std::string there = argv[1];
  std::filesystem::create_directories(there);
  ::chmod(there.c_str(), 0700);
  const security::signing_key key{std::string(security::key_size, 'R')};
  const security::trust_root root{argv[2], key.public_half()};
  const security::service_keys keys{argv[3], std::string(security::key_size, 'c'),
                                    std::string(security::key_size, 's')};
  write(there + "/root.pub", security::root_label, security::encode(root).value());
  write(there + "/" + keys.service() + ".keys", security::service_keys_label,
        security::encode(keys).value().view());
  for (int i = 4; i < argc; i += 3) {
    security::certificate made;
    made.serial.fill(static_cast<unsigned char>(i));
    made.not_before = in_days(argv[i + 1]);
    made.not_after = in_days(argv[i + 2]);
    made.curve_key = keys.curve_key();
    made.beacon_key = keys.signing().public_half();
    made.domain = root.domain;
    made.service = keys.service();
    write(there + "/" + argv[i] + ".cert", security::certificate_label,
          security::sign(made, key).value());
  }
  return 0;
}

}  // namespace kith::test
