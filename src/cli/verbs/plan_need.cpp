// SPDX-License-Identifier: Apache-2.0
// plan_need.cpp: `plan train` and `plan serve`: what a run or a served model needs, on each place that is
// asked about and on what is for rent.
#include "base/chance.hpp"
#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/files.hpp"
#include "cli/need_flags.hpp"
#include "cli/render/need.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
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

Result<plan::NeedTerms> terms_of(const Needed& asked, const OwnCatalogue& own) {
  plan::NeedTerms terms{
      .rent = asked.rent, .first = asked.first, .tariff = asked.tariff, .assumed = asked.assumed};
  terms.rent.offers.date = date_of(asked.as_of);
  terms.assumed.insert(terms.assumed.end(), own.remarks.begin(), own.remarks.end());
  Result<std::vector<plan::Place>> places = places_of(asked, own.catalogue);
  if (!places) return places.error();
  terms.places = std::move(*places);
  return terms;
}

/// Recorded requests, or some of the rate that was stated; nothing where neither was.
Result<std::shared_ptr<const plan::Load>> load_of(const PlanServe& asked) {
  if (!asked.trace.empty()) {
    const Result<std::string> text = asked.trace == "-" ? read_file("-") : read_table(asked.trace);
    if (!text) return text.error();
    Result<plan::Load> load = plan::parse_load(asked.trace, *text);
    if (!load) return load.error();
    return std::make_shared<const plan::Load>(std::move(*load));
  }
  if (asked.rate <= 0) return std::shared_ptr<const plan::Load>();
  Rng chance(1);
  const estimate::Serving& usual = asked.question.serving;
  return std::make_shared<const plan::Load>(plan::steady_load(asked.rate, usual.input, usual.output, chance));
}

/// The page, where one was asked for, then the answer.
template <class Report>
int tell(const Invocation& invocation, const std::string& path, const Report& report,
         std::string (*page)(const Report&), std::string (*json)(const Report&),
         std::string (*text)(const Report&, const Screen&)) {
  if (!path.empty()) {
    if (Status written = write_file(path, page(report)); !written) return failed(written.error());
  }
  return print(invocation.json ? json(report) : text(report, screen_of(1)));
}

}  // namespace

int plan_train(const Invocation& invocation) {
  const PlanTrain& asked = *invocation.plan_train;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto model = model_of(asked.model, own->catalogue);
  if (!model) return failed(model.error());
  const auto terms = terms_of(asked, *own);
  if (!terms) return failed(terms.error());
  plan::TrainQuestion question = asked.question;
  question.model = *model;
  const auto report = plan::report(question, *terms, own->catalogue, estimate::built_in_constants());
  if (!report) return failed(report.error());
  return tell(invocation, asked.report, *report, plan::train_page, render::train_json, render::train);
}

int plan_serve(const Invocation& invocation) {
  const PlanServe& asked = *invocation.plan_serve;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return failed(own.error());
  const auto model = model_of(asked.model, own->catalogue);
  if (!model) return failed(model.error());
  const auto terms = terms_of(asked, *own);
  if (!terms) return failed(terms.error());
  const auto load = load_of(asked);
  if (!load) return failed(load.error());
  plan::ServeQuestion question = asked.question;
  question.model = *model;
  question.load = *load;
  if (!question.automatic && model->heads % question.serving.tp != 0)
    return failed({Errc::invalid, "--tp: found " + std::to_string(question.serving.tp) +
                                      "; a divisor of the " + std::to_string(model->heads) +
                                      " heads would be right"});
  if (question.load)
    question.serving.input = question.load->input(), question.serving.output = question.load->output();
  const auto report =
      plan::report(question, *terms, own->catalogue, estimate::built_in_constants(), asked.api);
  if (!report) return failed(report.error());
  return tell(invocation, asked.report, *report, plan::serve_page, render::serve_json, render::serve);
}

}  // namespace busbar::cli
