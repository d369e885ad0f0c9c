// SPDX-License-Identifier: Apache-2.0
// event_fields.hpp: the events' names and fields (fields.hpp has those of what they carry).
#pragma once
#include "wire/fields.hpp"

namespace busbar::wire {

/// The word under which an event stands in the journal.
template <class T>
constexpr std::string_view kind = "";
template <>
inline constexpr std::string_view kind<model::Opened> = "Opened";
template <>
inline constexpr std::string_view kind<model::SettingsChanged> = "SettingsChanged";
template <>
inline constexpr std::string_view kind<model::NodeJoined> = "NodeJoined";
template <>
inline constexpr std::string_view kind<model::NodeLeft> = "NodeLeft";
template <>
inline constexpr std::string_view kind<model::Submitted> = "Submitted";
template <>
inline constexpr std::string_view kind<model::StopAsked> = "StopAsked";
template <>
inline constexpr std::string_view kind<model::Decided> = "Decided";
template <>
inline constexpr std::string_view kind<model::Started> = "Started";
template <>
inline constexpr std::string_view kind<model::Finished> = "Finished";
template <>
inline constexpr std::string_view kind<model::ClockJumped> = "ClockJumped";
template <>
inline constexpr std::string_view kind<model::PriceSet> = "PriceSet";
template <>
inline constexpr std::string_view kind<model::DrainAsked> = "DrainAsked";
template <>
inline constexpr std::string_view kind<model::IdleChanged> = "IdleChanged";
template <>
inline constexpr std::string_view kind<model::HoldAsked> = "HoldAsked";
template <>
inline constexpr std::string_view kind<model::TimeCame> = "TimeCame";
template <>
inline constexpr std::string_view kind<model::ReservationMade> = "ReservationMade";
template <>
inline constexpr std::string_view kind<model::ReservationEnded> = "ReservationEnded";

template <class Visit>
constexpr void fields(Of<model::Opened>, Visit&& visit) {
  visit("generation", &model::Opened::generation);
  visit("first_free_id", &model::Opened::first_free_id);
}

template <class Visit>
constexpr void fields(Of<model::SettingsChanged>, Visit&& visit) {
  visit("settings", &model::SettingsChanged::settings);
}

template <class Visit>
constexpr void fields(Of<model::NodeJoined>, Visit&& visit) {
  visit("facts", &model::NodeJoined::facts);
}

template <class Visit>
constexpr void fields(Of<model::NodeLeft>, Visit&& visit) {
  visit("node", &model::NodeLeft::node);
  visit("why", &model::NodeLeft::why);
}

template <class Visit>
constexpr void fields(Of<model::Submitted>, Visit&& visit) {
  using T = model::Submitted;
  visit("by", &T::by);
  visit("first", &T::first);
  visit("key", &T::key);
  visit("spec", &T::spec);
  visit("waits_for", &T::waits_for);
}

template <class Visit>
constexpr void fields(Of<model::StopAsked>, Visit&& visit) {
  using T = model::StopAsked;
  visit("by", &T::by);
  visit("job", &T::job);
  visit("reason", &T::reason);
}

template <class Visit>
constexpr void fields(Of<model::Decided>, Visit&& visit) {
  using T = model::Decided;
  visit("seen", &T::seen);
  visit("policy", &T::policy);
  visit("seed", &T::seed);
  visit("stops", &T::stops);
  visit("launches", &T::launches);
  visit("preempts", &T::preempts);
  visit("claims", &T::claims);
  visit("owning", &T::owning);
}

template <class Visit>
constexpr void fields(Of<model::Started>, Visit&& visit) {
  visit("attempt", &model::Started::attempt);
  visit("pid", &model::Started::pid);
}

template <class Visit>
constexpr void fields(Of<model::Finished>, Visit&& visit) {
  using T = model::Finished;
  visit("attempt", &T::attempt);
  visit("ending", &T::ending);
  visit("foreign_port", &T::foreign_port);
}

template <class Visit>
constexpr void fields(Of<model::ClockJumped>, Visit&& visit) {
  visit("by", &model::ClockJumped::by);
}

template <class Visit>
constexpr void fields(Of<model::PriceSet>, Visit&& visit) {
  visit("per_device_hour", &model::PriceSet::per_device_hour);
  visit("per_cpu_hour", &model::PriceSet::per_cpu_hour);
}

template <class Visit>
constexpr void fields(Of<model::DrainAsked>, Visit&& visit) {
  using T = model::DrainAsked;
  visit("by", &T::by);
  visit("node", &T::node);
  visit("end", &T::end);
  visit("move", &T::move);
  visit("reason", &T::reason);
}

template <class Visit>
constexpr void fields(Of<model::IdleChanged>, Visit&& visit) {
  using T = model::IdleChanged;
  visit("node", &T::node);
  visit("most", &T::most);
  visit("over", &T::over);
  visit("violated", &T::violated);
}

template <class Visit>
constexpr void fields(Of<model::HoldAsked>, Visit&& visit) {
  visit("by", &model::HoldAsked::by);
  visit("job", &model::HoldAsked::job);
  visit("end", &model::HoldAsked::end);
}

template <class Visit>
constexpr void fields(Of<model::TimeCame>, Visit&& visit) {
  visit("what", &model::TimeCame::what);
  visit("job", &model::TimeCame::job);
}

template <class Visit>
constexpr void fields(Of<model::ReservationMade>, Visit&& visit) {
  visit("by", &model::ReservationMade::by);
  visit("reservation", &model::ReservationMade::reservation);
}

template <class Visit>
constexpr void fields(Of<model::ReservationEnded>, Visit&& visit) {
  visit("by", &model::ReservationEnded::by);
  visit("name", &model::ReservationEnded::name);
}

}  // namespace busbar::wire
