// SPDX-License-Identifier: Apache-2.0
// open.hpp: finds out by its content which format a file has.
#pragma once
#include <memory>
#include <string>

#include "sim/trace/lines.hpp"
#include "sim/trace/trace.hpp"

namespace busbar::sim {

struct OpenTrace {
  std::unique_ptr<Trace> trace;
  std::string format;  // in words: "a Philly table"
};

/// A file, plain or gzip, or the state folder of a server (or its journal.db). `gpus` is the table that may
/// stand beside an SWF log; "" for none. Errors: Errc::not_found; Errc::invalid where it is no format that is
/// known, with those that are.
Result<OpenTrace> open_jobs(const std::string& path, const std::string& gpus);

/// The same of text that is at hand; `name` is how errors call it.
Result<OpenTrace> recognise(const std::string& name, Source source, const std::string& gpus);

/// The first bytes of a source, which still gives them afterwards. Errors: those of the source.
struct Peeked {
  std::string first;  // up to the end of the first line that is not empty, at most 64 KiB
  Source source;      // from the beginning
};
Result<Peeked> peek(Source source);

/// Is this a state folder, or the journal in it?
bool is_journal(const std::string& path);

}  // namespace busbar::sim
