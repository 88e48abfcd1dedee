// The catalogue: everything the options in proto/ say, read once at start,
// checked, and indexed for the code that validates, adds and shows.
#ifndef GIAOBAN_CONTRACT_CATALOGUE_H_
#define GIAOBAN_CONTRACT_CATALOGUE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "giaoban/contract/v1/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/shared/contract/period.h"

namespace giaoban::contract {

// The entered values of one report, one element per indicator in form order.
using Cells = std::vector<int64_t>;

// A cell that was not reported. Not a number anybody can send: it is below the
// smallest value every rule allows.
inline constexpr int64_t kBlank = std::numeric_limits<int64_t>::min();

// Largest `maximum` a form may set. With it no sum of a rule or a total overflows.
inline constexpr int64_t kLargestMaximum = 1'000'000'000'000;

// Names a cell among all forms.
struct CellId {
  int form = 0;
  int cell = 0;
  friend bool operator==(const CellId&, const CellId&) = default;
};

// One line of a form as people see it: an entered or a derived indicator.
struct Line {
  std::string code;
  v1::Text label;
  std::string section;
  v1::Unit unit = v1::UNIT_UNSPECIFIED;
  v1::Measure measure = v1::MEASURE_UNSPECIFIED;
  v1::OverBlocs over_blocs = v1::OVER_BLOCS_UNSPECIFIED;
  v1::OverTime over_time = v1::OVER_TIME_UNSPECIFIED;
  v1::Asked asked = v1::ASKED_UNSPECIFIED;
  bool required = false;
  // Entered: largest value accepted.
  int64_t maximum = 0;
  // Position among the lines of its form.
  int index = 0;
  // Entered: where the value is. Derived: cell is -1.
  CellId id;
  // Derived: the parts, and the digits shown.
  std::vector<CellId> numerator;
  std::vector<CellId> denominator;
  int decimals = 0;

  bool derived() const { return id.cell < 0; }
  // Digits after the decimal separator when shown: a percentage that was entered
  // shows two at most.
  bool percent() const { return unit == v1::UNIT_PERCENT; }
};

// A sum of a rule with its codes resolved.
struct Addend {
  CellId id;
  int sign = 1;
  // 0: this half-year; 1: the one before it, and so on.
  int back = 0;
};
using Addends = std::vector<Addend>;

// A condition with its codes resolved; mirrors contract.v1.Condition.
struct Condition {
  v1::Asked asked = v1::ASKED_UNSPECIFIED;
  v1::Condition::TestCase test = v1::Condition::TEST_NOT_SET;
  // Linear: left and right. Bounds: numerator and denominator.
  Addends left, right;
  v1::Relation relation = v1::RELATION_UNSPECIFIED;
  const v1::Bounds* bounds = nullptr;
  // Bounds: the cell that holds the minimum; cell is -1 when there is none.
  CellId minimum{0, -1};
  // all_or_none, positive_together, unequal.
  std::vector<CellId> cells;
  int64_t unequal_from = 0;
};

// A rule with its conditions resolved.
struct Rule {
  const v1::Rule* options = nullptr;
  std::vector<Condition> conditions;
};

// One report kind.
struct Form {
  std::string kind;
  int index = 0;
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::shared_ptr<const v1::Form> options;
  // Everything shown, in order.
  std::vector<Line> lines;
  // Entered indicators: index into `lines` and field, by cell.
  std::vector<int> line_of_cell;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  std::vector<Rule> rules;
  // First 8 bytes of SHA-256 over the form's descriptor with options: tells which
  // version of the form a report was checked against.
  std::string fingerprint;

  const Line& entered(int cell) const { return lines[line_of_cell[cell]]; }
  // The figures of a message of this form's type. The one number that would be
  // mistaken for kBlank is read as its neighbour, which is as far out of range.
  Cells Read(const google::protobuf::Message& report) const;
  // Sets the figures of an empty message of this form's type.
  void Write(const Cells& cells, google::protobuf::Message* report) const;
};

// Whether what is asked for in `asked` is asked for in this half-year.
bool IsAsked(v1::Asked asked, HalfYear half);

// All forms of a contract. Immutable; share it freely.
class Catalogue {
 public:
  // Reads the options of report messages, and rules between them from `crossing`
  // (may be null). INVALID_ARGUMENT lists every defect: a code used twice, a rule
  // or ratio naming an unknown code, a missing label in either language, an
  // unknown section, a field that is not `optional int64`, an unset enum. The
  // descriptors may come from any pool and must outlive the catalogue.
  static absl::StatusOr<std::shared_ptr<const Catalogue>> Build(
      const std::vector<const google::protobuf::Descriptor*>& reports, const google::protobuf::Descriptor* crossing);
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  const std::vector<Form>& forms() const { return forms_; }
  const std::vector<Rule>& crossing() const { return crossing_; }
  // Null when there is none.
  const Form* FindForm(absl::string_view kind) const;
  const Line* FindLine(absl::string_view code) const;
  const Line& entered(CellId id) const { return forms_[id.form].entered(id.cell); }

 private:
  Catalogue() = default;

  std::vector<Form> forms_;
  v1::Crossing crossing_options_;
  std::vector<Rule> crossing_;
  absl::flat_hash_map<std::string, std::pair<int, int>> by_code_;
};

// The catalogue of the suite: membership, training and inspection reports with
// the rules between them. A new report kind is one more line in forms.cc.
absl::StatusOr<std::shared_ptr<const Catalogue>> SuiteCatalogue();

// The contract as a JSON list with one line per form, section, indicator and rule, so that a
// change of any shows as one changed line: see tests/contract/catalogue.golden.
std::string Describe(const Catalogue& catalogue);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_CATALOGUE_H_
