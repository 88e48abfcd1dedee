// A report file in JSON: any text behind an opening brace.
#include "absl/strings/str_cat.h"
#include "tests/fuzz/sheet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::CheckSheet(absl::StrCat("{", absl::string_view(reinterpret_cast<const char*>(data), size)));
  return 0;
}
