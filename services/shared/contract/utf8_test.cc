#include "services/shared/contract/utf8.h"

#include <gtest/gtest.h>

namespace giaoban::contract {
namespace {

// Vietnamese in both normal forms, and characters of every length.
TEST(Utf8Test, TakesUtf8) {
  for (const char* text : {"", "abc", "Đảng ủy Khối", "o\u0302\u0301", "\u0800\uffff", "\U00010000\U0010ffff"}) {
    EXPECT_EQ(FirstLineNotUtf8(text), 0) << text;
  }
}

// Other encodings, cut and overlong sequences, surrogates and numbers past the last character.
TEST(Utf8Test, RefusesTheRest) {
  for (const char* text : {"\xD0", "\xE1\xBB", "\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80", "\xFF", "\xE1 \x80"}) {
    EXPECT_EQ(FirstLineNotUtf8(text), 1) << testing::PrintToString(text);
  }
}

// The line is named, so that it can be found.
TEST(Utf8Test, NamesTheLine) { EXPECT_EQ(FirstLineNotUtf8("a\nĐ\n\xD0\n"), 3); }

}  // namespace
}  // namespace giaoban::contract
