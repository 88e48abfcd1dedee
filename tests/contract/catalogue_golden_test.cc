// Goal: nothing about an indicator or a rule changes unseen. Everything the contract
// says is in catalogue.golden, one line each, and shows as a difference in review.
#include <gtest/gtest.h>

#include "services/shared/contract/catalogue.h"
#include "tests/contract/golden.h"

namespace giaoban {
namespace {

TEST(CatalogueGoldenTest, IsAsReviewed) {
  const auto catalogue = contract::SuiteCatalogue();
  ASSERT_TRUE(catalogue.ok()) << catalogue.status();
  ExpectGolden("tests/contract/catalogue.golden", contract::Describe(**catalogue));
}

}  // namespace
}  // namespace giaoban
