// SPDX-License-Identifier: Apache-2.0
#include "wire/codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "wire/event_fields.hpp"
#include "wire/json.hpp"
#include "wire/random_value_test.hpp"

namespace busbar::wire {
namespace {

struct Refusal {
  const char* text;
  const char* says;
};

constexpr Refusal refusals[] = {
    // clang-format off
    {R"({"each":{"cpus":"many"}})",        "each.cpus: found \"many\", a whole number would be right"},
    {R"({"each":{"cpus":2.5}})",           "each.cpus: found 2.5, a whole number would be right"},
    {R"({"each":{"cpus":[1]}})",           "each.cpus: found a list, a whole number would be right"},
    {R"({"tasks":3000000000})",            "tasks: found 3000000000, a whole number from -2147483648 to 2147483647 would be right"},
    {R"({"each":{"memory":99999999999999999999}})",
     "each.memory: found 99999999999999999999, a whole number from -9223372036854775808 to 9223372036854775807 would be right"},
    {R"({"tasks":null})",                  "tasks: found null, a whole number would be right"},
    {R"({"name":7})",                      "name: found 7, a text in quotes would be right"},
    {R"({"slurm_env":"yes"})",             "slurm_env: found \"yes\", true or false would be right"},
    {R"({"command":"true"})",              "command: found \"true\", a list would be right"},
    {R"({"command":["a",{}]})",            "command[1]: found an object, a text in quotes would be right"},
    {R"({"each":{"gpu":1}})",              "each.gpu: not a field that Busbar knows; here gpus, gpu_model, gpu_memory, cpus, memory, disk would be right"},
    {R"({"after":[{"job":1},{"job":2,"when":"later"}]})",
     "after[1].when: found \"later\", one of started, any, ok, not_ok would be right"},
    {R"({"env":{"A":1}})",                 "env.A: found 1, a text in quotes would be right"},
    {R"({"env":["A"]})",                   "env: found a list, an object of names and values would be right"},
    {R"({"tasks":1,"tasks":2})",           "tasks: given twice"},
    {R"([])",                              "found a list, an object would be right"},
    {R"()",                                "the text ends where an object would be right"},
    {R"({"tasks":1)",                      "not JSON at byte 11: the text ends where ',' or '}' would be right"},
    {R"({"tasks":1} x)",                   "not JSON at byte 13: found x, nothing more would be right"},
    {R"({tasks:1})",                       "not JSON at byte 2: found tasks:1}, the name of a field, in quotes would be right"},
    {"{\"name\":\"a\nb\"}",                "name: not JSON at byte 11: found ?b\"}, an escape such as \\n in place of a bare control character would be right"},
    {R"({"name":"\ud800"})",               "name: not JSON at byte 16: found \"}, both halves of a surrogate pair, \\uD800-\\uDBFF and \\uDC00-\\uDFFF would be right"},
    // clang-format on
};

TEST(Json, RefusesWithThePathWhatWasFoundAndWhatWouldBeRight) {
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.text);
    const auto spec = json::decode<model::JobSpec>(refusal.text, json::Unknown::refused);
    ASSERT_FALSE(spec);
    EXPECT_EQ(spec.error().message, refusal.says);
    EXPECT_EQ(spec.error().code, Errc::invalid);
  }
}

TEST(Json, ReadsWhatOtherProgramsWrite) {
  struct Row {
    const char* text;
    model::JobSpec spec;
  };
  const Row rows[] = {
      {" {\t\"tasks\" :\r\n 2 , \"name\":\"a\" } \n", {.name = "a", .tasks = 2}},
      {R"({"name":"\u0041\u00e4\u20ac\ud83d\ude00\b\f\n\r\t\/\\\""})",
       {.name = "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\b\f\n\r\t/\\\""}},
      {R"({"n\u0061me":"escaped"})", {.name = "escaped"}},
      {R"({"env":{"B":"2","A":"1"}})", {.env = {{"B", "2"}, {"A", "1"}}}},
      {"{}", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    const auto spec = json::decode<model::JobSpec>(row.text, json::Unknown::refused);
    ASSERT_TRUE(spec) << spec.error().message;
    EXPECT_EQ(*spec, row.spec);
  }
}

TEST(Json, WhatIsUnknownIsPassedOverWhereThatIsAsked) {
  const char* text = R"({"new":{"a":[1,-2.5e3,{"b":null}],"c":"}\\\""},"tasks":2,"other":true})";
  const auto spec = json::decode<model::JobSpec>(text, json::Unknown::ignored);
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->tasks, 2);
  const std::string deep = R"({"new":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(json::decode<model::JobSpec>(deep, json::Unknown::ignored).error().message,
            "nested deeper than 64");
}

TEST(Json, TheWordsOfAStateAreThoseThatPeopleSee) {
  int value = 0;
  for (const std::string_view word : words(Of<model::JobState>{}))
    EXPECT_EQ(word, name_of(static_cast<model::JobState>(value++)));
}

TEST(Json, WritesDefaultsWhereThatIsAsked) {
  EXPECT_EQ(json::encode(model::Resources{}), "{}");
  EXPECT_EQ(json::encode(model::Resources{}, json::Defaults::written),
            R"({"gpus":0,"gpu_model":"","gpu_memory":0,"cpus":1000,"memory":0,"disk":0})");
}

template <class T>
void comes_back(RandomValue& random) {
  const T value = random.of<T>();
  const std::string text = json::encode(value), full = json::encode(value, json::Defaults::written);
  const auto back = json::decode<T>(text, json::Unknown::refused);
  RC_ASSERT(bool(back));
  RC_ASSERT(*back == value);
  RC_ASSERT(json::encode(*back) == text);
  const auto again = json::decode<T>(full, json::Unknown::refused);
  RC_ASSERT(bool(again));
  RC_ASSERT(*again == value);
  boost::json::parse_options any_bytes;  // another's reader takes it for JSON, too
  any_bytes.allow_invalid_utf8 = true;
  boost::json::error_code fault;
  boost::json::parse(full, fault, {}, any_bytes);
  RC_ASSERT(!fault);
}

RC_GTEST_PROP(Codec, EveryEventComesBack, (std::uint64_t seed)) {
  RandomValue random(seed);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto each = [&]<class T>(Of<T>) {
      comes_back<T>(random);
      const model::Event event = random.of<T>();
      const auto back = decode_event(kind_of(event), format_version, encode(event));
      RC_ASSERT(bool(back));
      RC_ASSERT(*back == event);
    };
    (each(Of<std::variant_alternative_t<I, model::Event>>{}), ...);
  }(std::make_index_sequence<std::variant_size_v<model::Event>>{});
}

RC_GTEST_PROP(Codec, JobsAndTheStateComeBack, (std::uint64_t seed)) {
  RandomValue random(seed);
  comes_back<model::Job>(random);
  const auto cluster = random.of<model::Cluster>();
  const auto back = decode_cluster(format_version, encode(cluster));
  RC_ASSERT(bool(back));
  RC_ASSERT(*back == cluster);
}

/// Bytes changed, cut out and put in at random: an error or a value, never harm (the sanitizers watch).
RC_GTEST_PROP(Codec, DamagedTextDoesNoHarm, (std::uint64_t seed)) {
  RandomValue random(seed);
  Rng& rng = random.rng();
  const auto state = random.of<model::Cluster>();
  const std::string whole = encode(state);
  for (int round = 0; round < 20; ++round) {
    std::string text = whole;
    for (std::uint64_t left = rng.below(4) + 1; left > 0 && !text.empty(); --left) {
      const std::size_t at = rng.below(text.size());
      switch (rng.below(4)) {
        case 0:
          text[at] = static_cast<char>(rng.next() & 0xff);
          break;
        case 1:
          text.erase(at, rng.below(20));
          break;
        case 2:
          text.insert(at, text.substr(rng.below(text.size()), rng.below(20)));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    const auto read = decode_cluster(format_version, text);
    if (!read) {
      RC_ASSERT(!read.error().message.empty());
      continue;
    }
    const auto again = decode_cluster(format_version, encode(*read));
    RC_ASSERT(bool(again));
    RC_ASSERT(*again == *read);
  }
}

TEST(Codec, ElementsOfAnArrayShareOneSpecInTheTextAsInMemory) {
  model::JobSpec spec{.name = "a name that is long enough to be found"};
  spec.env = {{"A", "an environment"}};
  const auto shared = std::make_shared<const model::JobSpec>(spec);
  spec.name = "another";
  model::Cluster cluster;
  for (std::int64_t id = 1; id <= 3; ++id) cluster.jobs[JobId{id}] = {.id = JobId{id}, .spec = shared};
  cluster.jobs[JobId{4}] = {.id = JobId{4}, .spec = std::make_shared<const model::JobSpec>(spec)};
  const std::string text = encode(cluster);
  EXPECT_EQ(
      text,
      R"({"jobs":[[1,{"id":1,"spec":{"name":"a name that is long enough to be found","env":{"A":"an environment"}}}],)"
      R"([2,{"id":2,"spec":0}],[3,{"id":3,"spec":0}],[4,{"id":4,"spec":{"name":"another","env":0}}]]})");
  const auto back = decode_cluster(format_version, text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(*back, cluster);
  EXPECT_EQ(back->jobs.at(JobId{1}).spec, back->jobs.at(JobId{3}).spec);  // the same object
}

TEST(Codec, WhatANewerBusbarWroteIsRefused) {
  const Error newer{Errc::conflict, "written by a newer Busbar (format 2; this one reads up to 1)"};
  EXPECT_EQ(decode_event("Opened", 2, "{}").error(), newer);
  EXPECT_EQ(decode_job(2, "{}").error(), newer);
  EXPECT_EQ(decode_cluster(2, "{}").error(), newer);
  EXPECT_EQ(decode_event("Married", 1, "{}").error(),
            (Error{Errc::conflict, "a record of the unknown kind \"Married\""}));
}

TEST(Codec, AJobWithoutASpecIsRefused) {
  EXPECT_EQ(decode_event("Submitted", 1, "{}").error().message, "spec: missing from a submitted job");
  EXPECT_EQ(decode_job(1, R"({"id":1})").error().message, "spec: missing from a job");
  EXPECT_EQ(decode_job(1, R"({"id":1,"spec":0})").error().message, "spec: found 0, an object would be right");
  EXPECT_EQ(decode_cluster(1, R"({"jobs":[[7,{"id":7}]]})").error().message, "jobs: no spec for job 7");
}

/// Lines that a server of version 1 wrote. They stay readable, and today's program writes them just so:
/// whoever changes a line here changes the format.
struct Golden {
  const char* kind;
  const char* body;
};

// clang-format off
constexpr Golden golden[] = {
    {"Opened", R"({"generation":2,"first_free_id":1000001})"},
    {"SettingsChanged", R"({"settings":{"declared_gpus":"4:H100:80GiB","isolation":"plain","half_life":3600000,"log_limit":1048576,"process_limit":100,"preemption":{"on":false,"min_run":1000,"restart":2000,"moves":20},"shares":[["p",{"guaranteed":4000,"limit":6000}]],"lend_cpus":50}})"},
    {"NodeJoined", R"({"facts":{"id":1,"boot_id":"b-1","name":"box","os":"Debian 12","cpu_model":"EPYC","cpus":4000,"numa":[2,2],"memory":25769803776,"disk":1,"devices":[{"id":1,"uuid":"GPU-1","index":3,"parent":2,"kind":"mig","model":"H100","compute":500,"memory":85899345920,"declared":true,"link":2}],"memory_limit":"enforced","cpu_limit":"watched","process_limit":"enforced","isolation":"cgroup v1"}})"},
    {"NodeLeft", R"({"node":1,"why":"its engine does not answer"})"},
    {"Submitted", R"({"by":{"tenant":"lab","user":"ann","via":"token","uid":1000,"gid":100,"admin":true},"first":7,"key":"k","spec":{"name":"n","project":"p","workdir":"/w","command":["a","b\"c"],"script":"#!/bin/sh\n","env":{"A":"1","B":""},"each":{"gpus":500,"gpu_model":"H100","gpu_memory":1,"cpus":2000,"memory":3,"disk":4},"tasks":2,"nodes":1,"priority":-5,"array":{"indices":[1,4,7],"at_once":2},"after":[{"job":3,"when":"not_ok"},{"job":4}],"time_limit":60000,"retries":3,"grace":1000,"warning":{"signal":10,"ahead":5000,"asked":true},"output":"o-%j","error":"e-%j","slurm_env":false,"hold_for_nodes":true,"kept":["--foo"],"preemptible":true,"requeue":false,"saves_every":600000,"hold":true,"begin":1795766400000,"deadline":1795852800000},"waits_for":[{"job":3,"when":"started"},{"job":4,"when":"any"}]})"},
    {"StopAsked", R"({"by":{"user":"bob"},"job":7,"reason":"no longer needed"})"},
    {"Decided", R"({"seen":9,"policy":2,"seed":18446744073709551615,"stops":[{"job":7,"task":1,"n":2}],"launches":[{"attempt":{"job":8,"n":1},"node":1,"holdings":[{"device":1,"milli":1000,"memory":1024}],"master_port":29500}],"preempts":[{"job":7,"why":"balance","by":8}],"claims":[{"job":8,"waits_for":[7],"tasks":[{"node":1,"holdings":[{"device":1,"milli":500}]}],"until":5}]})"},
    {"Decided", R"({"launches":[{"attempt":{"job":8,"n":1},"node":1,"lent":true}],"preempts":[{"job":7,"why":"lent"}],"owning":[9]})"},
    {"Started", R"({"attempt":{"job":7,"task":1,"n":1},"pid":4711})"},
    {"Finished", R"({"attempt":{"job":7,"n":1},"ending":{"exit_code":1,"signal":9,"cause":"out_of_memory","ran":1234,"message":"too \u0001 much"},"foreign_port":29500})"},
    {"ClockJumped", R"({"by":-3600000})"},
    {"DrainAsked", R"({"by":{"user":"ann"},"node":1,"end":true,"move":true,"reason":"new power supply"})"},
    {"IdleChanged", R"({"node":1,"most":1900,"over":true,"violated":51})"},
    {"HoldAsked", R"({"by":{"user":"ann"},"job":7,"end":true})"},
    {"TimeCame", R"({"what":"deadline","job":7})"},
    {"ReservationMade", R"({"by":{"user":"root"},"reservation":{"name":"course","from":1,"until":2,"nodes":[1,3],"project":"nlp","user":"ann","by":"root"}})"},
    {"ReservationEnded", R"({"by":{"user":"root"},"name":"course"})"},
    {"PriceSet", R"({"per_device_hour":2500000,"per_cpu_hour":10000})"},
};
// clang-format on

TEST(Codec, RecordsOfVersionOneStayAsTheyAre) {
  for (const Golden& line : golden) {
    SCOPED_TRACE(line.kind);
    const auto event = decode_event(line.kind, 1, line.body);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(kind_of(*event), line.kind);
    EXPECT_EQ(encode(*event), line.body);  // no field was lost on the way
  }
  std::set<std::string_view> kinds;
  for (const Golden& line : golden) kinds.insert(line.kind);
  EXPECT_EQ(kinds.size(), std::variant_size_v<model::Event>);
}

TEST(Codec, JobsAndTheStateOfVersionOneStayAsTheyAre) {
  constexpr const char* job =
      R"({"id":8,"array":7,"array_index":4,"owner":{"user":"ann"},"spec":{"name":"n"},"key":"k","state":"TIMEOUT","reason":"r",)"
      R"("submitted":1,"started":2,"ended":3,"eligible":4,"exit_code":5,"signal":6,"restarts":1,"waits_for":[{"job":3}],)"
      R"("tasks":[{"attempts":[{"n":1,"epoch":2,"node":3,"holdings":[{"device":1,"milli":500}],"state":"ended","stop_told":true,)"
      R"("pid":9,"launched":10,"started":11,"ending":{"cause":"lost"}}]}],"master_port":29500,"stopping":{"towards":"PENDING","reason":"s"},)"
      R"("preemptions":[{"why":"drain","by":9,"attempt":1,"told":2,"over":3,"saved":true,"lost":4}],"hold":{"user":"root","by_admin":true},"early":true})";
  const auto read = decode_job(1, job);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(encode(*read), job);

  constexpr const char* cluster =
      R"({"generation":1,"seq":2,"epoch":3,"now":4,"next_id":5,"settings":{"isolation":"plain"},"per_device_hour":6,"per_cpu_hour":7,)"
      R"("nodes":[[1,{"facts":{"id":1},"state":"lost","cpus_held":8,"memory_held":9,"held":[[2,{"device":2,"milli":1000}]],)"
      R"("ports":[29500,29501],"foreign_ports":[29502],"drain":{"reason":"r","user":"root","move":true}}]],"jobs":[[8,{"id":8,"spec":{"name":"n"}}]],"keys":[[[1000,"k"],8]],)"
      R"("dependents":[[3,[8]]],"array_running":[[7,1]],)"
      R"("use":[[{"tenant":"lab","project":"p","user":"ann"},{"average":1,"rate":2,"as_of":3}]],"claims":[[8,{"job":8,"until":9}]],"moved":{"since":1,"tasks":2},"shares":{"held":[["p",{"all":3000,"firm":2000,"leaving":1000}]],"beyond":4},"reservations":[["course",{"name":"course","until":5}]]})";
  const auto state = decode_cluster(1, cluster);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(encode(*state), cluster);
}

}  // namespace
}  // namespace busbar::wire
