// SPDX-License-Identifier: Apache-2.0
// plan_need.cpp: `plan train` and `plan serve`: what a run or a served model needs, on each place that is
// asked about.
#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/need_flags.hpp"
#include "cli/render/need.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "estimate/constants.hpp"
#include "plan/model_file.hpp"

namespace busbar::cli {
namespace {

/// A name of the catalogue, else the path of a config.json.
Result<estimate::Model> model_of(const std::string& name, const estimate::Catalogue& catalogue) {
  const bool is_path =
      name.ends_with(".json") || name.starts_with("./") || name.starts_with("/") || name == "-";
  if (!is_path) return catalogue.model(name);
  const auto text = read_file(name);
  if (!text) return text.error();
  return plan::read_model(name, *text);
}

std::vector<std::string> taken(std::vector<std::string> assumed, const std::vector<std::string>& remarks) {
  assumed.insert(assumed.end(), remarks.begin(), remarks.end());
  return assumed;
}

}  // namespace

int plan_train(const Invocation& invocation) {
  const PlanTrain& asked = *invocation.plan_train;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto model = model_of(asked.model, own->catalogue);
  if (!model) return failed(model.error());
  const auto places = places_of(asked, own->catalogue);
  if (!places) return failed(places.error());
  plan::TrainQuestion question = asked.question;
  question.model = *model;
  const estimate::Constants& constants = estimate::built_in_constants();
  std::vector<plan::TrainAnswer> answers;
  for (const plan::Place& place : *places) {
    if (question.automatic) {
      answers.push_back(plan::best(question, place, constants));
      continue;
    }
    plan::TrainQuestion each = question;
    estimate::Parallelism& cut = each.training.cut;
    const int inner = cut.tp * cut.pp * cut.cp;
    if (place.devices % inner != 0)
      return failed({Errc::invalid, "--tp x --pp x --cp: found " + std::to_string(inner) +
                                        "; a divisor of the " + std::to_string(place.devices) +
                                        " devices would be right"});
    cut.dp = place.devices / inner;
    if (Status fine = estimate::check(question.model, each.training); !fine) return failed(fine.error());
    answers.push_back(plan::answer(each, place, constants));
  }
  const auto front = plan::pareto(answers);
  const auto remedies =
      front.empty() ? plan::what_would_fit(question, places->front(), own->catalogue.devices.all(), constants)
                    : std::vector<std::string>{};
  const render::TrainStory story{question, answers, front, remedies, taken(asked.assumed, own->remarks)};
  return print(invocation.json ? render::train_json(story) : render::train(story, screen_of(1)));
}

int plan_serve(const Invocation& invocation) {
  const PlanServe& asked = *invocation.plan_serve;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto model = model_of(asked.model, own->catalogue);
  if (!model) return failed(model.error());
  const auto places = places_of(asked, own->catalogue);
  if (!places) return failed(places.error());
  plan::ServeQuestion question = asked.question;
  question.model = *model;
  const estimate::Constants& constants = estimate::built_in_constants();
  std::vector<plan::ServeAnswer> answers;
  for (const plan::Place& place : *places)
    answers.push_back(question.automatic ? plan::best(question, place, constants)
                                         : plan::answer(question, place, constants));
  const render::ServeStory story{question, answers, taken(asked.assumed, own->remarks)};
  return print(invocation.json ? render::serve_json(story) : render::serve(story, screen_of(1)));
}

}  // namespace busbar::cli
