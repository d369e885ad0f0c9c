// SPDX-License-Identifier: Apache-2.0
// plan_predict.cpp: `plan predict` and `plan score`: a table of runs, said in advance and compared.
#include "cli/catalogue.hpp"
#include "cli/exit_code.hpp"
#include "cli/render/score.hpp"
#include "cli/submission.hpp"
#include "cli/terminal.hpp"
#include "cli/verbs/verbs.hpp"
#include "plan/predict.hpp"

namespace busbar::cli {
namespace {

Result<estimate::Constants> constants_of(const TableFlags& asked) {
  if (asked.constants.empty()) return estimate::built_in_constants();
  const auto text = read_file(asked.constants);
  if (!text) return text.error();
  return estimate::Constants::parse(asked.constants, *text);
}

Result<std::vector<plan::Answered>> answers(const Invocation& invocation) {
  const TableFlags& asked = invocation.plan_table;
  const auto own = catalogue_of(invocation.catalogs);
  if (!own) return own.error();
  for (const std::string& remark : own->remarks)
    note(remark);  // on stderr: each line of the answer is a row's
  const auto constants = constants_of(asked);
  if (!constants) return constants.error();
  const auto text = read_file(asked.file);
  if (!text) return text.error();
  const auto sheet = estimate::Sheet::parse(asked.file == "-" ? "stdin" : asked.file, *text);
  if (!sheet) return sheet.error();
  return plan::predict_all(*sheet, *constants, own->catalogue);
}

}  // namespace

int plan_predict(const Invocation& invocation) {
  const auto rows = answers(invocation);
  if (!rows) return failed(rows.error());
  return print(invocation.json ? render::predictions_json(*rows) : render::predictions(*rows, screen_of(1)));
}

int plan_score(const Invocation& invocation) {
  const auto rows = answers(invocation);
  if (!rows) return failed(rows.error());
  const plan::Score score = plan::score(*rows);
  return print(invocation.json ? render::score_json(score) : render::score(score, screen_of(1)));
}

}  // namespace busbar::cli
