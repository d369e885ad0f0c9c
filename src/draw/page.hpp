// SPDX-License-Identifier: Apache-2.0
// page.hpp: what all report pages have in common: how they look, and how they say a number.
#pragma once
#include <string>

#include "base/units.hpp"

namespace busbar::draw {

/// "3 h 34 min", "96.3 %", "1 job", "2026-03-02".
std::string spoken(double seconds);
std::string percent(double share);
std::string counted(std::int64_t number, const char* one, const char* many);
std::string day(Instant at);

/// An element with this text, escaped.
std::string tag(const char* name, const std::string& text);
/// A heading, a picture (SVG as it is), and what it shows.
std::string section(const std::string& title, const std::string& plot, const std::string& caption);

/// A page of this title, which is its heading, too; `body` is HTML. Nothing in it is loaded from elsewhere.
std::string page(const std::string& title, const std::string& body);

}  // namespace busbar::draw
