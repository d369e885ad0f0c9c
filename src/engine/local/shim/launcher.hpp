// SPDX-License-Identifier: Apache-2.0
// launcher.hpp: the process that starts shims and watches them, so that the server never forks and need not
// be their parent. One at a time for a state folder; it dials in at the engine's socket and leaves when the
// engine does.
#pragma once
#include <sys/resource.h>

#include <map>
#include <string>

#include "engine/local/cgroup.hpp"
#include "engine/local/shim/record.hpp"

namespace busbar::shim {

class Launcher {
 public:
  /// `cgroup` names our folder in the cgroup hierarchies, `self` this program's file.
  Launcher(std::string folder, std::string node, std::string cgroup, std::string self)
      : folder_(std::move(folder)),
        node_(std::move(node)),
        cgroup_(std::move(cgroup)),
        self_(std::move(self)) {}
  /// Works until the engine hangs up. Gives the exit status.
  int run();

 private:
  struct Watched {
    AttemptName name;
    pid_t pid = 0;         // of the shim
    Fd pidfd, record;      // `record` only to look; the shim holds the lock
    bool ours = false;     // our own child, else adopted
    bool started = false;  // told
  };

  bool take_lock();
  bool dial();
  bool serve();
  bool receive();
  bool take(std::string_view message, Fd large);
  bool obey(Frame kind, std::string_view body, Fd& large);
  bool accept(std::int64_t epoch);
  bool welcome(const Welcome& from);

  void launch(Fd order_memory, std::string_view order);
  void spawn(const AttemptName& name, Fd record, Fd order);
  void stop(const StopRequest& request);
  void settle(const Settle& order);
  void survey();
  bool look_at(const AttemptName& name);
  bool watch(Watched shim);

  void hear_started();
  void look_for_started();
  void on_gone(AttemptName name);
  void sweep_lost(const AttemptName& name);
  void kill_orphans();
  void sweep_groups();

  void tell(Frame kind, std::string_view body);
  void tell_finished(const AttemptName& name, const ExitRecord& ending);
  void tell_refused(const AttemptName& name, std::string why);
  void flush();

  std::string task_path(const AttemptName& name) const { return folder_ + "/tasks/" + name.text(); }
  std::string ended_path(const AttemptName& name) const {
    return folder_ + "/ended/" + std::to_string(name.job / 1000) + "/" + name.text();
  }

  std::string folder_, node_, cgroup_, self_, boot_;
  Fd lock_, connection_, events_, notify_read_, notify_write_;
  std::string heard_;  // of the notify pipe, an unfinished piece
  std::string outgoing_;
  std::int64_t epoch_ = 0;
  bool welcomed_ = false;
  std::unique_ptr<engine::Cgroups> cgroups_;
  std::map<AttemptName, Watched> watched_;
  int unstarted_adopted_ = 0;
  rlimit files_{};  // as we found it
};

}  // namespace busbar::shim
