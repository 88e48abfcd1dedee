#include "services/cli/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/cli/whole_file.h"
#include "services/shared/runtime/identity_folder.h"
#include "services/shared/runtime/status.h"

namespace giaoban::cli {
namespace {

namespace fs = std::filesystem;
using runtime::Identity;
using runtime::LoadIdentity;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr absl::Duration kDay = absl::Hours(24);
const Identity kOffice{contract::v1::ROLE_OFFICE, "quang-ninh"};
const Identity kChair{contract::v1::ROLE_CHAIR, "quang-ninh"};
const Identity kService{contract::v1::ROLE_SERVICE, "membership"};
const Identity kSuite{contract::v1::ROLE_SERVICE, "suite"};

// An authority in a folder of its own, with a clock that stands still until told otherwise.
class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() {
    std::string pattern = testing::TempDir() + "giaoban-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    directory_ += "/authority";
  }
  ~AuthorityTest() override { fs::remove_all(fs::path(directory_).parent_path()); }

  // An authority with one office.
  void MakeOffice(int days = 90) {
    ASSERT_TRUE(authority().Init({}).ok());
    ASSERT_TRUE(authority().Issue({{kOffice, "quang-ninh"}}, days).ok());
  }

  Authority authority() const {
    return Authority(directory_, [this] { return now_; });
  }
  std::string Folder(const std::string& name) const { return directory_ + "/identities/" + name; }
  std::string Text(const std::string& file) const { return ReadFile(directory_ + "/" + file).value_or(""); }
  std::string KeyOf(const std::string& folder) const { return Text("identities/" + folder + "/key.pem"); }
  absl::Status Load(const std::string& folder) const { return LoadIdentity(Folder(folder), now_).status(); }
  std::string SerialOf(const std::string& folder) const { return LoadIdentity(Folder(folder), now_)->own.serial; }

  // "office/quang-ninh quang-ninh valid", one for each certificate.
  std::vector<std::string> Listed() const {
    const char* const names[] = {"valid", "due", "replaced", "expired", "revoked"};
    std::vector<std::string> lines;
    const std::vector<Issued> all = authority().List().value();
    for (const Issued& issued : all) {
      lines.push_back(absl::StrCat(issued.certificate.identity.ToString(), " ",
                                   issued.folder.empty() ? "-" : issued.folder, " ",
                                   names[static_cast<int>(issued.state)]));
    }
    return lines;
  }

  absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  std::string directory_;
};

// Goal: everybody's folder is usable as it comes, and names what it was asked to.
TEST_F(AuthorityTest, MakesFoldersThatCanBeUsed) {
  ASSERT_TRUE(*authority().Init({{"membership", "may-chu.example:7002"}}));
  const auto made = authority().Issue({{kOffice, "quang-ninh"}, {kChair, "cum-truong"}, {kService, "membership"}}, 30);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(*made, SizeIs(3));
  const auto folder = LoadIdentity(Folder("cum-truong"), now_);
  ASSERT_TRUE(folder.ok()) << folder.status();
  EXPECT_EQ(folder->own.identity.ToString(), "chair/quang-ninh");
  EXPECT_EQ(folder->own.not_after, now_ + 30 * kDay);
  EXPECT_EQ(folder->addresses.at("membership"), "may-chu.example:7002");
  EXPECT_THAT(folder->revoked, IsEmpty());
  EXPECT_THAT(Listed(), ElementsAre("chair/quang-ninh cum-truong valid", "office/quang-ninh quang-ninh valid",
                                    "service/membership membership valid"));
}

// Goal: nothing of an authority can be read by anybody else on the machine.
TEST_F(AuthorityTest, KeepsEverythingToItsOwner) {
  MakeOffice();
  size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
    struct stat found = {};
    ASSERT_EQ(stat(entry.path().c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777, entry.is_directory() ? 0700u : 0600u) << entry.path();
    files += entry.is_directory() ? 0 : 1;
  }
  // The authority's four, one in issued/, five in the identity folder: nothing unfinished.
  EXPECT_EQ(files, 10u);
}

// Goal: everything may be asked for twice.
TEST_F(AuthorityTest, KeepsWhatIsThere) {
  MakeOffice();
  const std::string ca = Text("ca.pem"), key = KeyOf("quang-ninh"), serial = SerialOf("quang-ninh");
  EXPECT_FALSE(*authority().Init({{"directory", "127.0.0.1:7001"}}));
  EXPECT_THAT(*authority().Issue({{kOffice, "quang-ninh"}}, 90), IsEmpty());
  EXPECT_THAT(*authority().Renew({}, 90), IsEmpty());
  EXPECT_EQ(Text("ca.pem"), ca);
  EXPECT_EQ(KeyOf("quang-ninh"), key);
  EXPECT_EQ(SerialOf("quang-ninh"), serial);
  EXPECT_EQ(LoadIdentity(Folder("quang-ninh"), now_)->addresses.at("directory"), "127.0.0.1:7001");
}

// Goal: addresses are added to those known; the last one given for a service counts.
TEST_F(AuthorityTest, RemembersAddresses) {
  MakeOffice();
  ASSERT_TRUE(authority().Init({{"directory", "a:1"}, {"training", "b:2"}}).ok());
  ASSERT_TRUE(authority().Init({{"directory", "c:3"}}).ok());
  const Addresses expected = {{"directory", "c:3"}, {"training", "b:2"}};
  EXPECT_EQ(LoadIdentity(Folder("quang-ninh"), now_)->addresses, expected);
}

// Goal: one folder never changes hands, and the refusal says how to go on.
TEST_F(AuthorityTest, RefusesSomebodyElsesFolder) {
  MakeOffice();
  const std::string key = KeyOf("quang-ninh");
  const absl::Status status = authority().Issue({{kChair, "quang-ninh"}}, 90).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr("quang-ninh belongs to office/quang-ninh"));
  EXPECT_THAT(runtime::DetailOf(status).vietnamese, HasSubstr("chair/quang-ninh=FOLDER"));
  // Nor when both come in one command.
  EXPECT_TRUE(absl::IsAlreadyExists(authority().Issue({{kSuite, "x"}, {kService, "x"}}, 90).status()));
  EXPECT_EQ(KeyOf("quang-ninh"), key);
}

// Goal: a renewed certificate is of the same key; those in the last third of their life are found without being named.
TEST_F(AuthorityTest, RenewsWithTheSameKey) {
  MakeOffice();
  const std::string key = KeyOf("quang-ninh"), serial = SerialOf("quang-ninh");
  now_ += 59 * kDay;
  EXPECT_THAT(*authority().Renew({}, 90), IsEmpty());
  now_ += 2 * kDay;
  EXPECT_THAT(Listed(), ElementsAre("office/quang-ninh quang-ninh due"));
  EXPECT_THAT(*authority().Renew({}, 90), SizeIs(1));
  EXPECT_EQ(KeyOf("quang-ninh"), key);
  EXPECT_NE(SerialOf("quang-ninh"), serial);
  EXPECT_TRUE(Load("quang-ninh").ok());
  EXPECT_THAT(Listed(), ElementsAre("office/quang-ninh - replaced", "office/quang-ninh quang-ninh valid"));
  EXPECT_THAT(*authority().Renew({kOffice}, 90), SizeIs(1)) << "by name at any time";
}

// Goal: a certificate that has expired is renewed like any other, also in a folder whose key was handed over.
TEST_F(AuthorityTest, RenewsWhatHasExpiredWithoutItsKey) {
  MakeOffice();
  const std::string handed_over = KeyOf("quang-ninh");
  fs::remove(Folder("quang-ninh") + "/key.pem");
  now_ += 100 * kDay;
  EXPECT_THAT(Listed(), ElementsAre("office/quang-ninh quang-ninh expired"));
  EXPECT_THAT(*authority().Renew({}, 90), SizeIs(1));
  EXPECT_THAT(*authority().Issue({{kOffice, "quang-ninh"}}, 90), IsEmpty());
  ASSERT_TRUE(WriteFile(Folder("quang-ninh") + "/key.pem", handed_over).ok());
  EXPECT_TRUE(Load("quang-ninh").ok()) << Load("quang-ninh");
}

// Goal: a service's certificate names the hosts it is reached under as of its renewal; the suite answers for all.
TEST_F(AuthorityTest, NamesTheHostsOfServices) {
  ASSERT_TRUE(authority().Init({{"membership", "cu.example:1"}, {"training", "10.0.0.7:2"}}).ok());
  ASSERT_TRUE(authority().Issue({{kService, "membership"}, {kSuite, "suite"}, {kOffice, "quang-ninh"}}, 90).ok());
  const auto reaches = [this](const std::string& folder, const std::string& host) {
    const auto certificate = runtime::openssl::ParseX509(Text("identities/" + folder + "/cert.pem"));
    return X509_check_host(certificate.get(), host.c_str(), 0, 0, nullptr) == 1 ||
           X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1;
  };
  EXPECT_TRUE(reaches("membership", "cu.example"));
  EXPECT_TRUE(reaches("membership", "localhost"));
  EXPECT_FALSE(reaches("membership", "10.0.0.7"));
  EXPECT_TRUE(reaches("suite", "cu.example"));
  EXPECT_TRUE(reaches("suite", "10.0.0.7"));
  EXPECT_FALSE(reaches("quang-ninh", "localhost"));
  ASSERT_TRUE(authority().Init({{"membership", "[2001:db8::1]:1"}}).ok());
  ASSERT_TRUE(authority().Renew({kService}, 90).ok());
  EXPECT_TRUE(reaches("membership", "2001:db8::1"));
  EXPECT_FALSE(reaches("membership", "cu.example"));
}

// Goal: revoking an identity revokes every certificate of its key, tells every folder, and says why for ever.
TEST_F(AuthorityTest, RevokesAllCertificatesOfAnIdentity) {
  MakeOffice();
  ASSERT_TRUE(authority().Issue({{kService, "membership"}}, 90).ok());
  const std::string first = SerialOf("quang-ninh"), key = KeyOf("quang-ninh");
  ASSERT_TRUE(authority().Renew({kOffice}, 90).ok());
  const std::string second = SerialOf("quang-ninh");
  const auto done = authority().Revoke({"office/quang-ninh"}, "mất máy");
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_THAT(*done, SizeIs(2));
  EXPECT_THAT(LoadIdentity(Folder("membership"), now_)->revoked, testing::UnorderedElementsAre(first, second));
  EXPECT_EQ(authority().List()->front().reason, "mất máy");
  // Once more changes nothing.
  const std::string list = Text("revoked.pem");
  EXPECT_THAT(*authority().Revoke({"office/quang-ninh"}, "khác"), IsEmpty());
  EXPECT_EQ(Text("revoked.pem"), list);
  EXPECT_EQ(authority().List()->front().reason, "mất máy");
  // What was revoked is not renewed, but issued anew.
  EXPECT_EQ(authority().Renew({kOffice}, 90).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(*authority().Renew({}, 90), IsEmpty());
  now_ += absl::Minutes(1);
  EXPECT_THAT(*authority().Issue({{kOffice, "quang-ninh"}}, 90), SizeIs(1));
  EXPECT_NE(KeyOf("quang-ninh"), key);
  EXPECT_TRUE(Load("quang-ninh").ok());
  EXPECT_THAT(Listed(), ElementsAre("office/quang-ninh - revoked", "office/quang-ninh - revoked",
                                    "office/quang-ninh quang-ninh valid", "service/membership membership valid"));
}

// Goal: one certificate is revoked by its number, and one that never was is refused before anything is revoked.
TEST_F(AuthorityTest, RevokesBySerialNumber) {
  MakeOffice();
  const std::string first = SerialOf("quang-ninh");
  now_ += absl::Minutes(1);
  ASSERT_TRUE(authority().Renew({kOffice}, 90).ok());
  EXPECT_TRUE(absl::IsNotFound(authority().Revoke({first, "office/cao-bang"}, "").status()));
  EXPECT_THAT(LoadIdentity(Folder("quang-ninh"), now_)->revoked, IsEmpty());
  EXPECT_THAT(*authority().Revoke({first}, ""), SizeIs(1));
  EXPECT_THAT(LoadIdentity(Folder("quang-ninh"), now_)->revoked, ElementsAre(first));
  EXPECT_THAT(Listed(), ElementsAre("office/quang-ninh - revoked", "office/quang-ninh quang-ninh valid"));
}

// Goal: the certificate authority's key is needed to sign, and for nothing else.
TEST_F(AuthorityTest, ReadsTheKeyOnlyToSign) {
  MakeOffice();
  fs::rename(directory_ + "/ca.key", directory_ + "/../away");
  EXPECT_FALSE(*authority().Init({{"directory", "a:1"}}));
  EXPECT_TRUE(authority().Issue({{kOffice, "quang-ninh"}}, 90).ok());
  EXPECT_TRUE(authority().Renew({}, 90).ok());
  EXPECT_TRUE(authority().List().ok());
  const absl::Status status = authority().Renew({kOffice}, 90).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("ca.key is missing"));
}

// Goal: what an interrupted run leaves is completed by the next one, whichever file was written last.
TEST_F(AuthorityTest, CompletesWhatWasCutShort) {
  MakeOffice();
  const std::string ca_key = Text("ca.key");
  for (const std::string file : {"ca.pem", "revoked.pem", "addresses", "issued", "identities/quang-ninh/cert.pem",
                                 "identities/quang-ninh/key.pem identities/quang-ninh/cert.pem",
                                 "identities/quang-ninh/revoked.pem", "identities/quang-ninh"}) {
    for (absl::string_view one : absl::StrSplit(file, ' ')) fs::remove_all(absl::StrCat(directory_, "/", one));
    std::ofstream(directory_ + "/revoked.pem.new") << "half";
    ASSERT_TRUE(authority().Init({}).ok()) << file;
    ASSERT_TRUE(authority().Issue({{kOffice, "quang-ninh"}}, 90).ok()) << file;
    EXPECT_TRUE(Load("quang-ninh").ok()) << file << ": " << Load("quang-ninh");
    EXPECT_EQ(Text("ca.key"), ca_key) << file;
  }
}

// Goal: two that run at once wait for each other: no revocation is lost.
TEST_F(AuthorityTest, WaitsForAnotherRun) {
  ASSERT_TRUE(authority().Init({}).ok());
  std::vector<std::thread> runs;
  for (int i = 0; i < 4; ++i) {
    runs.emplace_back([this, name = absl::StrCat("o", i)] {
      const Identity identity{contract::v1::ROLE_OFFICE, name};
      EXPECT_TRUE(authority().Issue({{identity, name}}, 90).ok());
      EXPECT_TRUE(authority().Revoke({identity.ToString()}, "").ok());
    });
  }
  for (std::thread& run : runs) run.join();
  EXPECT_THAT(Listed(), ElementsAre("office/o0 o0 revoked", "office/o1 o1 revoked", "office/o2 o2 revoked",
                                    "office/o3 o3 revoked"));
}

// Goal: an authority that cannot be used is named, and nothing is made with it.
TEST_F(AuthorityTest, NamesWhatCannotBeUsed) {
  EXPECT_THAT(std::string(authority().List().status().message()), HasSubstr("ca.pem is missing"));
  EXPECT_THAT(std::string(authority().Issue({}, 90).status().message()), HasSubstr("not a folder"));
  MakeOffice();
  const std::string certificate = Text("ca.pem");
  now_ += 3651 * kDay;
  EXPECT_THAT(std::string(authority().Renew({kOffice}, 90).status().message()), HasSubstr("has expired"));
  now_ -= 3651 * kDay;
  ASSERT_TRUE(WriteFile(directory_ + "/ca.key", MakeKey()).ok());
  EXPECT_THAT(std::string(authority().Renew({kOffice}, 90).status().message()), HasSubstr("are no pair"));
  ASSERT_TRUE(WriteFile(directory_ + "/ca.key", "rubbish").ok());
  EXPECT_THAT(std::string(authority().Renew({kOffice}, 90).status().message()), HasSubstr("are no pair"));
  fs::remove(directory_ + "/ca.pem");
  EXPECT_THAT(std::string(authority().Init({}).status().message()), HasSubstr("ca.key: this is not a private key"));
  ASSERT_TRUE(WriteFile(directory_ + "/ca.pem", certificate).ok());
  ASSERT_TRUE(WriteFile(directory_ + "/revoked.pem", "rubbish").ok());
  EXPECT_THAT(std::string(authority().List().status().message()), HasSubstr("revoked.pem: not a revocation list"));
}

// Goal: a folder with something else for a certificate is named, not made anew over somebody's key.
TEST_F(AuthorityTest, NamesTheFolderThatIsNobodys) {
  MakeOffice();
  const std::string key = KeyOf("quang-ninh");
  ASSERT_TRUE(WriteFile(Folder("quang-ninh") + "/cert.pem", Text("ca.pem")).ok());
  const absl::Status status = authority().Issue({{kOffice, "quang-ninh"}}, 90).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("quang-ninh/cert.pem: the certificate does not carry"));
  EXPECT_EQ(KeyOf("quang-ninh"), key);
}

}  // namespace
}  // namespace giaoban::cli
