// SPDX-License-Identifier: Apache-2.0
// id_table.hpp: values by their ids, in the order of ids, of which one is found in one step.
#pragma once
#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace busbar {

/// As std::map<Key, T> where keys are numbers that are given out one after another, so that what lives lies
/// close together: found in O(1) and one or two misses of the cache, where a tree of ten thousand takes a
/// dozen. Where ids lie far apart it is as a sorted vector of pages. Values stay where they are as long as
/// they live; iterators only until the next insertion. Memory: 2 KiB for each 256 ids of which one lives.
template <class Key, class T>
class IdTable {
 public:
  using key_type = Key;
  using mapped_type = T;
  using value_type = std::pair<const Key, T>;

 private:
  static constexpr std::size_t width = 256;  // ids in a page
  struct Page {
    std::int64_t number = 0;  // of the id, but for its last byte
    std::size_t living = 0;
    std::array<std::unique_ptr<value_type>, width> slots;
  };
  using Pages = std::vector<std::unique_ptr<Page>>;  // by number; none empty

  template <class Value>
  class Walk {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = IdTable::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Walk() = default;
    Walk(const Pages* pages, std::size_t page, std::size_t slot) : pages_(pages), page_(page), slot_(slot) {}
    operator Walk<const Value>() const { return {pages_, page_, slot_}; }  // NOLINT: as iterators do

    reference operator*() const { return *(*pages_)[page_]->slots[slot_]; }
    pointer operator->() const { return (*pages_)[page_]->slots[slot_].get(); }
    Walk& operator++() {
      ++slot_;
      settle();
      return *this;
    }
    Walk operator++(int) { return std::exchange(*this, std::next(*this)); }
    bool operator==(const Walk& other) const { return page_ == other.page_ && slot_ == other.slot_; }

   private:
    friend class IdTable;
    /// Goes on to the next that lives, unless one does here.
    void settle() {
      for (; page_ < pages_->size(); ++page_, slot_ = 0) {
        while (slot_ < width && !(*pages_)[page_]->slots[slot_]) ++slot_;
        if (slot_ < width) return;
      }
    }
    const Pages* pages_ = nullptr;
    std::size_t page_ = 0, slot_ = 0;
  };

 public:
  using iterator = Walk<value_type>;
  using const_iterator = Walk<const value_type>;

  IdTable() = default;
  IdTable(const IdTable& other) { *this = other; }
  IdTable(IdTable&& other) noexcept : pages_(std::move(other.pages_)), size_(std::exchange(other.size_, 0)) {}
  IdTable& operator=(IdTable&& other) noexcept {
    pages_ = std::exchange(other.pages_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  IdTable& operator=(const IdTable& other) {
    if (this == &other) return *this;
    clear();
    for (const auto& [key, value] : other) emplace(key, value);
    return *this;
  }
  ~IdTable() = default;

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { pages_.clear(), size_ = 0; }

  iterator begin() { return first<iterator>(0, 0); }
  iterator end() { return {&pages_, pages_.size(), 0}; }
  const_iterator begin() const { return first<const_iterator>(0, 0); }
  const_iterator end() const { return {&pages_, pages_.size(), 0}; }

  iterator find(Key key) { return at_page<iterator>(key, page_of(key)); }
  const_iterator find(Key key) const { return at_page<const_iterator>(key, page_of(key)); }
  bool contains(Key key) const { return find(key) != end(); }
  T& at(Key key) { return checked(find(key))->second; }
  const T& at(Key key) const { return checked(find(key))->second; }
  /// The first that is not before `key`.
  const_iterator lower_bound(Key key) const {
    const std::size_t page = page_of(key);
    const bool is_there = page < pages_.size() && pages_[page]->number == number_of(key);
    return first<const_iterator>(page, is_there ? slot_of(key) : 0);
  }

  template <class... Arguments>
  std::pair<iterator, bool> emplace(Key key, Arguments&&... arguments) {
    std::size_t page = page_of(key);
    if (page == pages_.size() || pages_[page]->number != number_of(key)) {
      auto fresh = spare_ ? std::move(spare_) : std::make_unique<Page>();
      pages_.insert(pages_.begin() + static_cast<std::ptrdiff_t>(page), std::move(fresh));
      pages_[page]->number = number_of(key);
    }
    const iterator place{&pages_, page, slot_of(key)};
    auto& slot = pages_[page]->slots[slot_of(key)];
    if (slot) return {place, false};
    slot = std::make_unique<value_type>(std::piecewise_construct, std::forward_as_tuple(key),
                                        std::forward_as_tuple(std::forward<Arguments>(arguments)...));
    ++pages_[page]->living, ++size_;
    return {place, true};
  }
  T& operator[](Key key) { return emplace(key).first->second; }

  void erase(iterator place) {
    Page& page = *pages_[place.page_];
    page.slots[place.slot_].reset();
    --size_;
    if (--page.living > 0) return;
    spare_ = std::move(pages_[place.page_]);
    pages_.erase(pages_.begin() + static_cast<std::ptrdiff_t>(place.page_));
  }
  std::size_t erase(Key key) {
    const iterator found = find(key);
    if (found == end()) return 0;
    erase(found);
    return 1;
  }

  bool operator==(const IdTable& other) const {
    return size_ == other.size_ && std::equal(begin(), end(), other.begin());
  }

 private:
  static std::int64_t number_of(Key key) { return key.value >> 8; }
  static std::size_t slot_of(Key key) { return static_cast<std::size_t>(key.value) % width; }

  /// The first page that is not before the key's. Where pages lie side by side it is where it would be.
  std::size_t page_of(Key key) const {
    const std::int64_t number = number_of(key);
    if (pages_.empty() || number <= pages_.front()->number) return 0;
    const auto guess = static_cast<std::size_t>(number - pages_.front()->number);
    if (guess < pages_.size() && pages_[guess]->number == number) return guess;
    const auto found =
        std::ranges::lower_bound(pages_, number, {}, [](const auto& page) { return page->number; });
    return static_cast<std::size_t>(found - pages_.begin());
  }
  template <class Place>
  Place at_page(Key key, std::size_t page) const {
    const bool lives = page < pages_.size() && pages_[page]->number == number_of(key) &&
                       pages_[page]->slots[slot_of(key)] != nullptr;
    return lives ? Place{&pages_, page, slot_of(key)} : Place{&pages_, pages_.size(), 0};
  }
  template <class Place>
  Place first(std::size_t page, std::size_t slot) const {
    Place place{&pages_, page, slot};
    place.settle();
    return place;
  }
  template <class Place>
  Place checked(Place place) const {
    BUSBAR_CHECK((place != Place{&pages_, pages_.size(), 0}), "no value of this id");
    return place;
  }

  Pages pages_;
  std::unique_ptr<Page> spare_;  // the last that became empty, for the next that is wanted
  std::size_t size_ = 0;
};

}  // namespace busbar
