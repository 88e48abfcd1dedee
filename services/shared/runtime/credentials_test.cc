// Credentials over real connections: renewal, revocation, and servers that are none.
#include "services/shared/runtime/credentials.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>
#include <openssl/rand.h>

#include <cstdlib>
#include <thread>

#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(20);

// Text of the certificate on the other side of a connection.
std::string PemOf(const grpc::AuthContext& context) {
  const auto pems = context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  return pems.empty() ? "" : std::string(pems.front().data(), pems.front().size());
}

std::string SerialOf(const grpc::AuthContext& context) { return ReadCertificate(PemOf(context))->serial; }

// Remembers with which certificate it was called last.
class NotingDirectory final : public directory::v1::DirectoryService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetCluster(grpc::CallbackServerContext* context, const directory::v1::GetClusterRequest*,
                                       directory::v1::GetClusterResponse*) override {
    absl::MutexLock lock(&mutex_);
    serial_ = SerialOf(*context->auth_context());
    return Finish(context, absl::OkStatus());
  }
  std::string serial() const {
    absl::MutexLock lock(&mutex_);
    return serial_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::string serial_ ABSL_GUARDED_BY(mutex_);
};

// How a call ended, and with which certificate the server answered.
struct Answer {
  grpc::Status status;
  std::string serial;
};

class CredentialsTest : public testing::Test {
 protected:
  void Serve(const std::string& name) {
    server_.reset();
    credentials_ = Load(name);
    environment_ = std::make_unique<Environment>(process_.Get("", absl::Now, credentials_));
    auto server = Server::Start(*environment_, "127.0.0.1:0", {ServedAs<directory::v1::DirectoryService>(directory_)});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::shared_ptr<Credentials> Load(const std::string& name) const {
    return authority_.Load(name, server_ == nullptr ? "127.0.0.1:1" : server_->address());
  }

  static Answer Call(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    directory::v1::GetClusterResponse response;
    Answer answer{directory::v1::DirectoryService::NewStub(channel)->GetCluster(&context, {}, &response), ""};
    if (answer.status.ok()) answer.serial = SerialOf(*context.auth_context());
    return answer;
  }
  static Answer Call(const Credentials& credentials) { return Call(*Connect(credentials, "directory")); }

  // A call over a connection of its own.
  Answer CallAnew(const Credentials& credentials) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return Call(grpc::CreateCustomChannel(server_->address(), credentials.ForChannels("directory"), arguments));
  }

  // Whether new connections come to say this, without one that fails on the way.
  static bool Becomes(const std::string& expected, const std::function<std::string()>& ask) {
    const absl::Time limit = absl::Now() + kPatience;
    while (absl::Now() < limit) {
      if (ask() == expected) return true;
    }
    return false;
  }

  std::string Serial(const std::string& name) const { return LoadIdentity(authority_.Folder(name))->own.serial; }
  void Copy(const std::string& from, const std::string& to, const std::string& file) const {
    fs::copy_file(authority_.Folder(from) + "/" + file, authority_.Folder(to) + "/" + file,
                  fs::copy_options::overwrite_existing);
  }
  void Write(const std::string& name, const std::string& file, const std::string& text) const {
    std::ofstream(authority_.Folder(name) + "/" + file) << text;
  }

  TestAuthority authority_;
  TestEnvironment process_;
  NotingDirectory directory_;
  std::shared_ptr<Credentials> credentials_;
  std::unique_ptr<Environment> environment_;
  std::unique_ptr<Server> server_;
};

// Goal: a server's renewed certificate is what new connections see, without a handshake that fails on the way;
// connections there are go on.
TEST_F(CredentialsTest, ServerRenews) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  const auto channel = Connect(*office, "directory").value();
  const std::string before = Call(channel).serial;
  authority_.Certs("renew", "service/directory");
  ASSERT_TRUE(credentials_->Refresh().ok());
  const std::string after = credentials_->certificate().serial;
  EXPECT_NE(after, before);
  EXPECT_TRUE(Becomes(after, [&] {
    const Answer answer = CallAnew(*office);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
    return answer.serial;
  }));
  EXPECT_EQ(Call(channel).serial, before);
}

// Goal: a client's next connection is made with its renewed certificate, also when the old one was revoked under it.
TEST_F(CredentialsTest, ClientRenews) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  const std::string before = office->certificate().serial;
  ASSERT_TRUE(Call(*office).status.ok());
  EXPECT_EQ(directory_.serial(), before);
  authority_.Certs("renew", "office/quang-ninh");
  authority_.Certs("revoke", before);
  ASSERT_TRUE(credentials_->Refresh().ok());
  EXPECT_EQ(Call(*office).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  ASSERT_TRUE(office->Refresh().ok());
  EXPECT_TRUE(Call(*office).status.ok());
  EXPECT_EQ(directory_.serial(), Serial("quang-ninh"));
  EXPECT_NE(directory_.serial(), before);
}

// Goal: a revocation is felt at the next call over a connection that is there; others are not concerned.
TEST_F(CredentialsTest, ServerRefusesWhoWasRevoked) {
  Serve("directory");
  const auto office = Load("quang-ninh"), chair = Load("cum-truong");
  EXPECT_TRUE(Call(*office).status.ok());
  authority_.Certs("revoke", "office/quang-ninh");
  ASSERT_TRUE(credentials_->Refresh().ok());
  const grpc::Status refused = Call(*office).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(refused.error_message(), "the certificate was revoked");
  EXPECT_TRUE(Call(*chair).status.ok());
}

// Goal: a client believes no server whose certificate was revoked, also not over a connection from before, and goes on
// with the server's new certificate by itself.
TEST_F(CredentialsTest, ClientRefusesWhoWasRevoked) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  ASSERT_TRUE(Call(*office).status.ok());
  authority_.Certs("revoke", "service/directory");
  ASSERT_TRUE(office->Refresh().ok());
  const grpc::Status refused = Call(*office).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("the certificate was revoked"));
  authority_.Certs("issue", "service/directory");
  ASSERT_TRUE(credentials_->Refresh().ok());
  EXPECT_TRUE(Becomes(Serial("directory"), [&] { return Call(*office).serial; }));
}

// Goal: who keeps a channel can ask what became of the one on the other side.
TEST_F(CredentialsTest, ClientMayAskWhoAnswers) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  grpc::ClientContext context;
  directory::v1::GetClusterResponse response;
  const auto stub = directory::v1::DirectoryService::NewStub(Connect(*office, "directory").value());
  ASSERT_TRUE(stub->GetCluster(&context, {}, &response).ok());
  EXPECT_EQ(office->PeerOf(*context.auth_context())->ToString(), "service/directory");
  authority_.Certs("revoke", "service/directory");
  ASSERT_TRUE(office->Refresh().ok());
  EXPECT_EQ(DetailOf(office->PeerOf(*context.auth_context()).status()).reason, "REVOKED");
}

// Goal: only a service can pose as one, whatever hosts its certificate names.
TEST_F(CredentialsTest, ClientRefusesWhoIsNoService) {
  authority_.Make("portal/web");
  Serve("web");
  const grpc::Status refused = Call(*Load("quang-ninh")).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("portal/web is not the service directory"));
}

// Goal: one service cannot pose as another, wherever it is.
TEST_F(CredentialsTest, ClientRefusesAnotherService) {
  authority_.Make("service/training");
  Serve("training");
  const grpc::Status refused = Call(*Load("quang-ninh")).status;
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(refused.error_message(), HasSubstr("service/training is not the service directory"));
}

// Goal: as long as nothing changes, channels to one address share one connection; a change makes another one.
TEST_F(CredentialsTest, ChannelsShareAConnection) {
  const auto office = Load("quang-ninh");
  auto before = office->ForChannels("directory");
  ASSERT_TRUE(office->Refresh().ok());
  EXPECT_EQ(office->ForChannels("directory"), before);
  authority_.Certs("renew", "office/quang-ninh");
  ASSERT_TRUE(office->Refresh().ok());
  EXPECT_NE(office->ForChannels("directory"), before);
  before = office->ForChannels("directory");
  authority_.Certs("revoke", "chair/quang-ninh");
  ASSERT_TRUE(office->Refresh().ok());
  EXPECT_NE(office->ForChannels("directory"), before);
}

// Goal: whatever is put in the place of a usable folder changes nothing, and is named in both languages.
TEST_F(CredentialsTest, KeepsTheLastUsable) {
  const auto office = Load("quang-ninh");
  const std::string serial = office->certificate().serial;
  const auto expect_kept = [&](const std::string& file, const std::string& english, const std::string& vietnamese) {
    const absl::Status status = office->Refresh();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("/quang-ninh/" + file + ": "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(english));
    EXPECT_THAT(DetailOf(status).vietnamese, HasSubstr(vietnamese));
    EXPECT_EQ(office->certificate().serial, serial);
    EXPECT_EQ(office->self().ToString(), "office/quang-ninh");
  };
  fs::copy(authority_.Folder("quang-ninh"), authority_.Folder("kept"));
  Copy("van-hanh", "quang-ninh", "key.pem");
  expect_kept("key.pem", "does not belong", "không thuộc");
  Copy("van-hanh", "quang-ninh", "cert.pem");
  expect_kept("cert.pem", "this is of operator/van-hanh, but the process is office/quang-ninh", "đây là của");
  Write("quang-ninh", "cert.pem", "rubbish");
  expect_kept("cert.pem", "not a certificate", "không phải chứng thư");
  Copy("kept", "quang-ninh", "cert.pem");
  Copy("kept", "quang-ninh", "key.pem");
  EXPECT_TRUE(office->Refresh().ok());
  Write("quang-ninh", "revoked.pem", "rubbish");
  expect_kept("revoked.pem", "not a revocation list", "không phải danh sách thu hồi");
  fs::remove(authority_.Folder("quang-ninh") + "/revoked.pem");
  expect_kept("revoked.pem", "missing", "không có");
  Copy("kept", "quang-ninh", "revoked.pem");
  EXPECT_TRUE(office->Refresh().ok());
}

// Goal: a list that is lost, or not the authority's, lets nobody in again.
TEST_F(CredentialsTest, KeepsTheLastRevocations) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  authority_.Certs("revoke", "office/quang-ninh");
  ASSERT_TRUE(credentials_->Refresh().ok());
  const TestAuthority other;
  fs::copy_file(other.directory() + "/revoked.pem", authority_.Folder("directory") + "/revoked.pem",
                fs::copy_options::overwrite_existing);
  EXPECT_FALSE(credentials_->Refresh().ok());
  EXPECT_EQ(Call(*office).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  fs::remove(authority_.Folder("directory") + "/revoked.pem");
  EXPECT_FALSE(credentials_->Refresh().ok());
  EXPECT_EQ(Call(*office).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// Goal: a slip in the certificate keeps no revocation away.
TEST_F(CredentialsTest, RevokesInAFolderThatCannotBeUsed) {
  Serve("directory");
  const auto office = Load("quang-ninh");
  EXPECT_TRUE(Call(*office).status.ok());
  authority_.Certs("revoke", "office/quang-ninh");
  Write("directory", "cert.pem", "rubbish");
  EXPECT_FALSE(credentials_->Refresh().ok());
  EXPECT_EQ(Call(*office).status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// Goal: who was revoked is told so: at the start, and while it runs.
TEST_F(CredentialsTest, KnowsThatItWasRevoked) {
  const auto office = Load("quang-ninh");
  authority_.Certs("revoke", "office/quang-ninh");
  for (const absl::Status& status :
       {office->Refresh(), office->Refresh(), Credentials::Load(authority_.Folder("quang-ninh")).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(status.message()), HasSubstr("the certificate was revoked; have a new one issued"));
    EXPECT_THAT(DetailOf(status).vietnamese, HasSubstr("đã bị thu hồi"));
  }
  authority_.Certs("issue", "office/quang-ninh");
  EXPECT_TRUE(office->Refresh().ok());
  EXPECT_EQ(office->certificate().serial, Serial("quang-ninh"));
}

[[noreturn]] void LoadAndExit() {
  // Called last, for it is registered first.
  std::atexit([] {
    unsigned char byte = 0;
    std::_Exit(RAND_bytes(&byte, 1) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
  });
  { TestAuthority().Load("quang-ninh", "127.0.0.1:1"); }
  std::exit(EXIT_FAILURE);
}

// Goal: gRPC's threads, which shake hands while the process ends, find OpenSSL as it was.
TEST(CredentialsExitTest, LeavesOpenSslInOrder) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(LoadAndExit(), testing::ExitedWithCode(EXIT_SUCCESS), "");
}

}  // namespace
}  // namespace giaoban::runtime
