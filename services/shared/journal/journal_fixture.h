// What the tests of this folder share: a journal in a folder of its own.
#ifndef GIAOBAN_JOURNAL_JOURNAL_FIXTURE_H_
#define GIAOBAN_JOURNAL_JOURNAL_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "services/shared/journal/journal.h"
#include "services/shared/journal/signer.h"
#include "services/shared/storage/store.h"
#include "tests/storage/test_database.h"

namespace giaoban::journal {

// A folder that is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(testing::TempDir() + "journal-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(absl::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

// The request `id` of one caller; the digest is of `content`.
inline RequestKey Key(std::string cluster, std::string id, absl::string_view content = "content") {
  return {std::move(cluster), "office/quang-ninh", std::move(id), Sha256({content})};
}

// A decision to record `body`.
inline Journal::Decide Record(std::string body) {
  return [body = std::move(body)](storage::Session&, const Slot&) -> absl::StatusOr<std::string> { return body; };
}

// Hands a request in; the future gets the outcome.
inline std::future<absl::StatusOr<Committed>> Start(Journal& journal, RequestKey key, Journal::Decide decide) {
  std::promise<absl::StatusOr<Committed>> promise;
  auto outcome = promise.get_future();
  journal.Append(std::move(key), std::move(decide),
                 [promise = std::move(promise)](auto committed) mutable { promise.set_value(std::move(committed)); });
  return outcome;
}

inline absl::StatusOr<Committed> Append(Journal& journal, RequestKey key, Journal::Decide decide) {
  return Start(journal, std::move(key), std::move(decide)).get();
}

class JournalFixture : public testing::Test {
 protected:
  void TearDown() override { Close(); }

  void Open(Options options = {}) {
    Close();
    OpenStore();
    journal_ = Journal::Open(*store_, *Signer::LoadOrCreate(folder_ / "key"), std::move(options)).value();
  }
  void OpenStore() {
    Close();
    store_ = storage::Open(storage::TestDatabase(folder_ / ""), folder_ / "", "journal").value();
  }
  void Close() {
    journal_.reset();
    store_.reset();
  }

  // Appends `body` under a request of its own and expects it to become an entry.
  Committed Add(const std::string& cluster, const std::string& body) {
    auto committed = Append(*journal_, Key(cluster, "id of " + body, body), Record(body));
    EXPECT_TRUE(committed.ok()) << committed.status();
    return committed.ok() ? *std::move(committed) : Committed{};
  }

  VerifyReport VerifyAll() {
    return Verify(*store_, Verifier::Load(folder_ / "key.pub").value(), [](int64_t) {}).value();
  }

  TemporaryFolder folder_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace giaoban::journal

#endif  // GIAOBAN_JOURNAL_JOURNAL_FIXTURE_H_
