// SPDX-License-Identifier: Apache-2.0
#include "sched/lending.hpp"

#include <algorithm>

namespace busbar::sched {
namespace {

Share above(Share held, Share guaranteed) { return std::max(held - guaranteed, Share{0}); }

}  // namespace

Lending::Lending(const model::Cluster& cluster, Share devices) : cluster_(cluster) {
  Share promised;
  for (const auto& [project, quota] : cluster.settings.shares) promised += quota.guaranteed;
  unpromised_ = above(devices, promised);
}

Lending::More Lending::more(const std::string& project) const {
  const auto found = more_.find(project);
  return found == more_.end() ? More{} : found->second;
}

Share Lending::held(const std::string& project) const {
  return cluster_.shares.of(project).all + more(project).all;
}

Share Lending::firm(const std::string& project) const {
  return cluster_.shares.of(project).firm + more(project).firm;
}

bool Lending::is_own(const std::string& project, Share devices) const {
  const Share guaranteed = model::quota_of(cluster_.settings.shares, project).guaranteed;
  return devices > Share{0} && held(project) + devices <= guaranteed;
}

std::optional<Lending::Refusal> Lending::refuses(const model::JobSpec& spec) const {
  const Share wants = model::devices_of(spec);
  if (!on() || wants == Share{0}) return std::nullopt;
  const model::Quota quota = model::quota_of(cluster_.settings.shares, spec.project);
  if (quota.limit && held(spec.project) + wants > *quota.limit) return Refusal::limit;
  if (!is_firm(spec) || held(spec.project) + wants <= quota.guaranteed) return std::nullopt;
  const Share firm_now = firm(spec.project);
  const Share beyond = cluster_.shares.beyond + beyond_ - above(firm_now, quota.guaranteed) +
                       above(firm_now + wants, quota.guaranteed);
  if (firm_now + wants <= quota.guaranteed || beyond <= unpromised()) return std::nullopt;
  return Refusal::firm;
}

std::optional<Lending::Refusal> Lending::ever_refuses(const model::JobSpec& spec) const {
  const Share wants = model::devices_of(spec);
  if (!on() || wants == Share{0}) return std::nullopt;
  const model::Quota quota = model::quota_of(cluster_.settings.shares, spec.project);
  if (quota.limit && wants > *quota.limit) return Refusal::limit;
  if (is_firm(spec) && above(wants, quota.guaranteed) > unpromised()) return Refusal::firm;
  return std::nullopt;
}

void Lending::starts(const model::JobSpec& spec) {
  const Share devices = model::devices_of(spec);
  if (!on() || devices == Share{0}) return;
  const Share guaranteed = model::quota_of(cluster_.settings.shares, spec.project).guaranteed;
  const Share before = above(firm(spec.project), guaranteed);
  More& more = more_[spec.project];
  more.all += devices;
  if (is_firm(spec)) more.firm += devices;
  beyond_ += above(firm(spec.project), guaranteed) - before;
}

void Lending::is_told_to_go(const model::JobSpec& spec) {
  if (on()) more_[spec.project].leaving += model::devices_of(spec);
}

Share Lending::borrowed(const std::string& project) const {
  const model::Held held = cluster_.shares.of(project);
  return above(held.all - held.leaving - more(project).leaving,
               model::quota_of(cluster_.settings.shares, project).guaranteed);
}

}  // namespace busbar::sched
