// What holds of a report file that could be read, whatever its form.
#ifndef GIAOBAN_FUZZ_SHEET_H_
#define GIAOBAN_FUZZ_SHEET_H_

#include <algorithm>

#include "services/shared/contract/sheet.h"
#include "tests/fuzz/fuzz.h"

namespace giaoban::fuzz {

// Both forms of file, in both languages, read back as the same report.
inline void CheckWriting(const contract::Sheet& sheet) {
  for (const auto format : {contract::SheetFormat::kCsv, contract::SheetFormat::kJson}) {
    for (const auto language : {contract::Language::kVietnamese, contract::Language::kEnglish}) {
      const std::string file =
          contract::WriteSheet(Catalogue(), *sheet.form, sheet.key, sheet.cells, sheet.explanations, format, language);
      const auto again = contract::ReadSheet(Catalogue(), file);
      // Only what was near the limit already grows past it, by labels and line ends.
      if (!again.ok() && file.size() > 1 << 20) continue;
      Require(again.ok(), "a file that is written can be read");
      Require(again->form == sheet.form, "a file keeps its kind");
      Require(again->key.SerializeAsString() == sheet.key.SerializeAsString(), "a file keeps its key");
      Require(again->cells == sheet.cells, "a file keeps its figures");
      Require(again->explanations == sheet.explanations, "a file keeps its explanations");
      Require(again->findings.empty(), "a file that is written has no fault");
    }
  }
}

inline void CheckSheet(absl::string_view content) {
  const auto sheet = contract::ReadSheet(Catalogue(), content);
  if (!sheet.ok()) {
    Require(!sheet.status().message().empty() && !contract::UnreadableInVietnamese(sheet.status()).empty(),
            "a file is refused in both languages");
    return;
  }
  for (const report::v1::Finding& finding : sheet->findings) {
    report::v1::Finding again;
    Require(again.ParseFromString(finding.SerializeAsString()), "a finding travels, so its texts are UTF-8");
  }
  if (sheet->findings.empty()) CheckWriting(*sheet);
}

}  // namespace giaoban::fuzz

#endif  // GIAOBAN_FUZZ_SHEET_H_
