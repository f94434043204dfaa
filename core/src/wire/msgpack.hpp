// SPDX-License-Identifier: MPL-2.0
#pragma once

// msgpack-cxx, without Boost. Only .cpp files of wire and its private headers may include this.

#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif
#include <msgpack.hpp>
