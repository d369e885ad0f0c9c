// SPDX-License-Identifier: Apache-2.0
// journal_samples_test.hpp: records, jobs and a state to put into a journal, and a folder to put it in.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "store/journal.hpp"

namespace busbar::store::samples {

/// A fresh folder that goes with its test.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string path() const { return path_; }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A small record that differs with its place.
model::Record record(std::int64_t seq, Epoch epoch);
/// A submission as people send it: a command and about twenty variables, some 1.2 KB as text.
model::Record submission(std::int64_t seq, Epoch epoch, JobId id);
model::Job ended_job(std::int64_t id, const std::string& project = "default", std::uint32_t uid = 1000,
                     std::int64_t at = 5000);
std::vector<model::Event> every_event();
model::Cluster cluster();

}  // namespace busbar::store::samples
