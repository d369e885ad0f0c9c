// SPDX-License-Identifier: Apache-2.0
// packing.hpp: values as bytes and back, for messages and records between programs of one version on one
// machine. A struct lists its fields once, in a function `fields(value, see)`; packing and unpacking both
// walk that list.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace busbar::shim {

class Packer {
 public:
  std::string bytes;

  void operator()(const std::int64_t& number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  void operator()(const bool& yes) { (*this)(static_cast<std::int64_t>(yes)); }
  void operator()(const std::string& text) {
    (*this)(static_cast<std::int64_t>(text.size()));
    bytes += text;
  }
  template <class T>
  void operator()(const std::vector<T>& list) {
    (*this)(static_cast<std::int64_t>(list.size()));
    for (const T& one : list) (*this)(one);
  }
  template <class T>
  void operator()(const T& value) {
    fields(value, *this);
  }
};

/// Reads what a Packer wrote. Bytes that end early or claim too much make `ok` false and every value zero.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  bool ok = true;

  void operator()(std::int64_t& number) {
    number = 0;
    if (rest_.size() < sizeof number) {
      ok = false;
      return;
    }
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
  }
  void operator()(bool& yes) {
    std::int64_t number = 0;
    (*this)(number);
    yes = number != 0;
  }
  void operator()(std::string& text) {
    const std::size_t size = length();
    text.assign(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  template <class T>
  void operator()(std::vector<T>& list) {
    list.clear();
    for (std::size_t left = length(); left > 0 && ok; --left) (*this)(list.emplace_back());
  }
  template <class T>
  void operator()(T& value) {
    fields(value, *this);
  }

 private:
  std::size_t length() {
    std::int64_t size = 0;
    (*this)(size);
    if (size < 0 || static_cast<std::uint64_t>(size) > rest_.size()) ok = false;
    return ok ? static_cast<std::size_t>(size) : 0;
  }

  std::string_view rest_;
};

template <class T>
std::string pack(const T& value) {
  Packer packer;
  packer(value);
  return std::move(packer.bytes);
}
template <class T>
bool unpack(std::string_view bytes, T& value) {
  Unpacker unpacker(bytes);
  unpacker(value);
  return unpacker.ok;
}

}  // namespace busbar::shim
