// The steps of building a catalogue. Only catalogue*.cc include this.
#ifndef GIAOBAN_CONTRACT_CATALOGUE_PARTS_H_
#define GIAOBAN_CONTRACT_CATALOGUE_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/shared/contract/catalogue.h"

namespace giaoban::contract {

// Where a code is: form, and line of the form.
using CodeIndex = absl::flat_hash_map<std::string, std::pair<int, int>>;

// Collects what is wrong with a contract, so that all of it is named at once.
class Defects {
 public:
  void Add(absl::string_view where, absl::string_view what);
  // Adds a defect when it does not hold.
  void Require(bool holds, absl::string_view where, absl::string_view what) {
    if (!holds) Add(where, what);
  }
  void RequireText(const v1::Text& text, absl::string_view where, absl::string_view name);
  absl::Status ToStatus() const;

 private:
  std::vector<std::string> all_;
};

// Options as our generated types see them. A pool built at run time keeps them as
// unknown fields; parsing them again makes them readable, whatever the pool.
template <typename Options>
Options Readable(const Options& options) {
  Options result;
  // Should this fail, what could not be read is missing, and that is a defect.
  (void)result.ParseFromString(options.SerializeAsString());
  return result;
}

// Reads one report message: its sections, indicators and derived lines, whose
// parts and whose rules wait for the codes of all forms.
Form ReadForm(const google::protobuf::Descriptor& message, int index, Defects& defects);

// Resolves the parts of a form's derived lines.
void ResolveDerived(const std::vector<Form>& forms, const CodeIndex& codes, Form& form, Defects& defects);

// Resolves rules. `form` is the form they belong to, null for rules between forms.
std::vector<Rule> CompileRules(const google::protobuf::RepeatedPtrField<v1::Rule>& rules,
                               const std::vector<Form>& forms, const CodeIndex& codes, const Form* form,
                               Defects& defects);

}  // namespace giaoban::contract

#endif  // GIAOBAN_CONTRACT_CATALOGUE_PARTS_H_
