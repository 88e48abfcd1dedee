#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "google/protobuf/message.h"
#include "services/aggregator/summary.h"

namespace giaoban::aggregator {
namespace {

using contract::CellId;
using contract::Cells;
using contract::Findings;
using contract::Form;
using google::protobuf::Message;
using google::protobuf::MessageFactory;

class Examination {
 public:
  Examination(const Picture& picture, TotalsOf totals_of) : picture_(picture), totals_of_(totals_of) {}

  Findings Run() {
    for (const std::string& bloc : picture_.period().expected) {
      for (const Form& form : picture_.catalogue.forms()) ExamineReport(bloc, form);
      ExamineCrossing(bloc);
    }
    for (const Form& form : picture_.catalogue.forms()) ExamineTotals(form);
    return std::move(findings_);
  }

 private:
  v1::Basis BasisAt(int back) const { return back == 0 ? picture_.basis : v1::BASIS_ACCEPTED; }

  const PeriodReports* PeriodAt(int back) const {
    const auto period = picture_.periods.find(picture_.half.Before(back));
    return period == picture_.periods.end() ? nullptr : &period->second;
  }

  const Revision* CountingAt(const std::string& bloc, int form, int back) const {
    const PeriodReports* period = PeriodAt(back);
    return period == nullptr ? nullptr : period->Counting(bloc, form, BasisAt(back));
  }

  void Keep(Findings found, const std::string& bloc) {
    for (report::v1::Finding& finding : found) {
      finding.set_bloc(bloc);
      findings_.push_back(std::move(finding));
    }
  }

  void ExamineReport(const std::string& bloc, const Form& form) {
    const Revision* revision = CountingAt(bloc, form.index, 0);
    if (revision == nullptr) return;
    const std::unique_ptr<Message> message(MessageFactory::generated_factory()->GetPrototype(form.descriptor)->New());
    form.Write(revision->figures.cells(), message.get());
    const Revision* previous = CountingAt(bloc, form.index, 1);
    const Cells before = previous == nullptr ? Cells() : previous->figures.cells();
    Findings found = contract::ValidateReport(picture_.catalogue, form, picture_.half, *message,
                                              previous == nullptr ? nullptr : &before);
    if (revision->explanations != nullptr) contract::AttachExplanations(*revision->explanations, found);
    Keep(std::move(found), bloc);
  }

  void ExamineCrossing(const std::string& bloc) {
    Keep(contract::ValidateCrossing(picture_.catalogue, picture_.half,
                                    [&](CellId id, int back) -> std::optional<int64_t> {
                                      const Revision* revision = CountingAt(bloc, id.form, back);
                                      if (revision == nullptr) return std::nullopt;
                                      return revision->figures[id.cell];
                                    }),
         bloc);
  }

  void ExamineTotals(const Form& form) {
    if (TotalsAt(form.index, 0).empty()) return;
    Keep(contract::ValidateTotals(picture_.catalogue, form, picture_.half,
                                  [&](CellId id, int back) -> std::optional<int64_t> {
                                    const Comparable& cells = TotalsAt(id.form, back);
                                    return cells.empty() ? std::nullopt : cells[id.cell];
                                  }),
         "");
  }

  // The totals of a form in a half-year that can be compared with others; empty when
  // some bloc has no report. A total that only some blocs filled in speaks of fewer
  // blocs than the others, so nothing can be said of it.
  using Comparable = std::vector<std::optional<int64_t>>;

  const Comparable& TotalsAt(int form, int back) {
    const auto [known, added] = totals_.try_emplace({form, back});
    if (added && IsComplete(form, back)) known->second = ReadTotals(form, back);
    return known->second;
  }

  bool IsComplete(int form, int back) const {
    const PeriodReports* period = PeriodAt(back);
    const std::vector<std::string>& expected = picture_.period().expected;
    if (period == nullptr || expected.empty()) return false;
    return std::set(expected.begin(), expected.end()) == std::set(period->expected.begin(), period->expected.end()) &&
           std::all_of(expected.begin(), expected.end(),
                       [&](const std::string& bloc) { return period->Counting(bloc, form, BasisAt(back)) != nullptr; });
  }

  Comparable ReadTotals(int index, int back) const {
    const Form& form = picture_.catalogue.forms()[index];
    const contract::Totals& totals = totals_of_(picture_.half.Before(back), BasisAt(back));
    const Cells sums = totals.TotalCells(form);
    Comparable cells(sums.begin(), sums.end());
    const int expected = static_cast<int>(picture_.period().expected.size());
    for (size_t cell = 0; cell < cells.size(); ++cell) {
      const int reported = totals.Reported(form.entered(static_cast<int>(cell)));
      if (reported > 0 && reported < expected) cells[cell] = std::nullopt;
    }
    return cells;
  }

  const Picture& picture_;
  const TotalsOf totals_of_;
  std::map<std::pair<int, int>, Comparable> totals_;  // by form, back
  Findings findings_;
};

}  // namespace

Findings BuildFindings(const Picture& picture, TotalsOf totals_of) { return Examination(picture, totals_of).Run(); }

}  // namespace giaoban::aggregator
