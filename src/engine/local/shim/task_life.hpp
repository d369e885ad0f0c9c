// SPDX-License-Identifier: Apache-2.0
// task_life.hpp: one task from its order to its record, as the shim lives it. task_setup.cpp brings it to its
// start, task.cpp stands by it and ends it.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "engine/local/cgroup.hpp"
#include "engine/local/shim/command.hpp"
#include "engine/local/shim/isolation.hpp"
#include "engine/local/shim/log_writer.hpp"
#include "engine/local/shim/processes.hpp"
#include "engine/local/shim/record.hpp"

namespace busbar::shim {

constexpr std::int64_t watch_every_ms = 200;
constexpr std::int64_t never = INT64_MAX;

/// Where one of the command's output streams goes, besides the log.
struct Sink {
  Stream stream;
  Fd pipe;        // our end
  int file = -1;  // the user's file, or -1
};

class Task {
 public:
  Task(std::string folder, const AttemptName& name)
      : folder_(std::move(folder)),
        name_(name),
        run_folder_(folder_ + "/run/" + name.text()),
        task_folder_(
            ::open((folder_ + "/tasks/" + name.text()).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

  void run();

 private:
  bool load();
  bool prepare();
  bool make_run_folder();
  bool open_output();
  int open_as_user(const std::string& path);
  bool port_is_free();
  void isolate();
  bool start();
  void watch();
  std::int64_t next_deadline() const;
  void on_signals();
  void on_deadlines();
  void weigh();
  void read_stop();
  void bring_to_end(Cause cause, const std::string& reason, std::int64_t grace_ms);
  void let_save(const std::string& reason, std::int64_t grace_ms);
  void warn(const std::string& reason);
  void kill_everything();
  void write_reason(const std::string& reason);
  bool drain(Sink& sink);
  void pass_on(Sink& sink, std::string_view bytes);
  bool refuse(std::string why, std::int64_t foreign_port = 0);
  void finish();
  void clean();

  std::string folder_;
  AttemptName name_;
  std::string run_folder_;
  Fd task_folder_;
  TaskOrder order_;
  Processes processes_;
  std::unique_ptr<engine::Cgroups> cgroups_;
  std::string group_;  // in the cgroup hierarchies; "" none
  engine::CgroupMeans held_;
  engine::Cgroups::OomWatch oom_;
  Namespace space_;
  Command command_;
  StartFailure failure_;
  pid_t shim_pid_ = ::getpid();
  std::unique_ptr<LogWriter> log_;
  Sink sinks_[2] = {{Stream::out, {}, -1}, {Stream::err, {}, -1}};
  Fd out_end_, err_end_, signals_, output_file_, error_file_;
  std::int64_t file_dropped_ = 0;
  int file_error_ = 0;

  bool ended_ = false;
  int status_ = 0;
  ExitRecord ending_;
  Cause cause_ = Cause::exited;
  std::int64_t highest_epoch_ = 0;
  std::int64_t started_at_ = 0, ended_at_ = 0;
  std::int64_t limit_at_ = never, warn_at_ = never, kill_at_ = never, weigh_at_ = never;
  std::int64_t end_at_ = never, end_grace_ms_ = 0;  // while it saves: when it is told to end
  std::string end_reason_;
};

}  // namespace busbar::shim
