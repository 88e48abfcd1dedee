// Receipts as somebody hands them in: only those the service gave out may verify. Parts: a file of receipts as JSON,
// and a serialised receipt. The store and its key are the same on every run, so that the corpus can hold good ones.
#include <sodium.h>

#include <fstream>

#include "absl/synchronization/notification.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/cli/verify.h"
#include "services/shared/journal/key_file.h"
#include "tests/fuzz/mutate.h"

namespace giaoban::fuzz {
namespace {

using google::protobuf::util::MessageDifferencer;
using report::v1::Receipt;

// A folder with the store of one service and the receipts it gave out.
class Store {
 public:
  Store() {
    std::string secret(crypto_sign_SECRETKEYBYTES, '\0'), unused(crypto_sign_PUBLICKEYBYTES, '\0');
    const std::string seed(crypto_sign_SEEDBYTES, 's');
    crypto_sign_seed_keypair(Raw(unused), Raw(secret), reinterpret_cast<const unsigned char*>(seed.data()));
    Require(journal::WriteSecret(folder_ / "training.key", secret).ok(), "the key is written");
    auto store = storage::OpenSqlite(folder_ / "training.db").value();
    auto journal =
        journal::Journal::Open(*store, journal::Signer::LoadOrCreate(folder_ / "training.key").value(), {.clock = [] {
          return absl::FromUnixSeconds(1'680'000'000);
        }}).value();
    for (int64_t revision = 1; revision <= 5; ++revision) Append(*journal, revision);
  }

  const std::string& folder() const { return folder_.path(); }

  std::vector<Receipt> ReadFile(const std::string& content) const {
    std::ofstream(folder_ / "receipts.json", std::ios::binary) << content;
    return cli::ReadReceipts(folder_ / "receipts.json").value_or(std::vector<Receipt>());
  }

  bool GaveOut(Receipt receipt) const {
    receipt.clear_proof();
    return std::any_of(given_.begin(), given_.end(),
                       [&](const Receipt& given) { return MessageDifferencer::Equals(given, receipt); });
  }

 private:
  static unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

  void Append(journal::Journal& journal, int64_t revision) {
    Receipt receipt;
    receipt.set_kind("training");
    receipt.mutable_key()->set_cluster("dong-bac");
    receipt.mutable_key()->set_bloc("ha-giang");
    receipt.set_revision(revision);
    absl::Notification done;
    journal.Append(
        {"dong-bac", "office/ha-giang", std::to_string(revision), "digest"},
        [&](storage::Session&, const journal::Slot& slot) -> absl::StatusOr<std::string> {
          receipt.mutable_time()->set_seconds(absl::ToUnixSeconds(slot.time));
          report::v1::Fact fact;
          *fact.mutable_key() = receipt.key();
          *fact.mutable_time() = receipt.time();
          fact.set_revision(revision);
          return fact.SerializeAsString();
        },
        [&](absl::StatusOr<journal::Committed> committed) {
          receipt.set_position(committed->entry.position());
          receipt.set_entry_hash(committed->entry.hash());
          done.Notify();
        });
    done.WaitForNotification();
    given_.push_back(receipt);
  }

  const TemporaryFolder folder_;
  std::vector<Receipt> given_;  // without their proofs
};

const Plan& ReceiptPlan() {
  static const Plan& plan = *new Plan{.message_of = [](const Parts&, size_t index) -> MessagePointer {
                                        if (index == 0) return nullptr;
                                        return std::make_unique<Receipt>();
                                      },
                                      .words = {"training", "dong-bac", "ha-giang"},
                                      .fixed = 2,
                                      .loose = false};
  return plan;
}

void CheckReceipt(const Store& store, const Receipt& receipt) {
  cli::Stores stores(store.folder());
  if (cli::VerifyReceipt(stores, receipt).ok()) Require(store.GaveOut(receipt), "only what was given out verifies");
}

void Try(const Parts& parts) {
  static const Store store;
  if (parts.empty()) return;
  for (const Receipt& receipt : store.ReadFile(parts[0])) CheckReceipt(store, receipt);
  Receipt receipt;
  if (parts.size() < 2 || !receipt.ParseFromString(parts[1])) return;
  CheckReceipt(store, receipt);
  std::string json;
  // A time no calendar has cannot be written.
  if (!google::protobuf::util::MessageToJsonString(receipt, &json).ok()) return;
  const std::vector<Receipt> read = store.ReadFile(json);
  receipt.DiscardUnknownFields();
  Require(read.size() == 1 && MessageDifferencer::Equals(read[0], receipt), "a receipt in a file is the receipt");
}

}  // namespace
}  // namespace giaoban::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  giaoban::fuzz::Try(giaoban::fuzz::Split(data, size));
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  return giaoban::fuzz::MutateParts(giaoban::fuzz::ReceiptPlan(), data, size, max_size, seed);
}
