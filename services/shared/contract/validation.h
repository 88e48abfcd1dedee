// Checking figures against the contract. Nothing is ever corrected: every fault
// becomes a finding, and a person decides.
#ifndef GIAOBAN_CONTRACT_VALIDATION_H_
#define GIAOBAN_CONTRACT_VALIDATION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "giaoban/report/v1/report.pb.h"
#include "google/protobuf/map.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

using Findings = std::vector<report::v1::Finding>;

// Finds a value `back` half-years ago (0: now). nullopt: no report is known there,
// so nothing can be said; kBlank: reported, with this cell left blank.
using Lookup = absl::FunctionRef<std::optional<int64_t>(CellId id, int back)>;

// Everything that is wrong with one report: required cells left blank, values out
// of range (V18), cells of sections not asked for in this half-year, unknown fields
// in the message, and the form's rules. `previous` is the accepted report of the half-year
// before; null when there is none. In order of the form, then of the rules.
Findings ValidateReport(const Catalogue& catalogue, const Form& form, HalfYear half,
                        const google::protobuf::Message& report, const Cells* previous);

// The warnings of a form's rules on totals of a cluster (errors cannot arise
// from sums of correct reports). `past` answers for any form; for a total of fewer
// blocs than reported the form, and for a half-year of other blocs, it says nullopt,
// because totals of different blocs do not compare.
Findings ValidateTotals(const Catalogue& catalogue, const Form& form, HalfYear half, Lookup past);

// The rules between forms, for one bloc.
Findings ValidateCrossing(const Catalogue& catalogue, HalfYear half, Lookup past);

// Writes the explanations into the warnings they explain: by rule id, or by the
// code of an indicator that takes part.
void AttachExplanations(const google::protobuf::Map<std::string, std::string>& explanations, Findings& findings);

// Whether a report with these findings is refused: an error, or a warning
// without an explanation.
bool IsRefused(const Findings& findings);

// A finding that no rule of the form is behind; `codes` may be empty.
report::v1::Finding MakeFinding(absl::string_view rule, std::vector<std::string> codes, absl::string_view vi,
                                absl::string_view en);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_VALIDATION_H_
