#include "services/shared/runtime/access.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <grpc/grpc_security_constants.h>
#include <gtest/gtest.h>
#include <sodium.h>

#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/runtime/server.h"
#include "services/shared/runtime/test_support.h"

namespace giaoban::runtime {
namespace {

using contract::v1::Role;
using google::protobuf::DescriptorPool;

const Role kRoles[] = {contract::v1::ROLE_OFFICE, contract::v1::ROLE_CHAIR, contract::v1::ROLE_OPERATOR,
                       contract::v1::ROLE_SERVICE, contract::v1::ROLE_PORTAL};

const google::protobuf::ServiceDescriptor* Directory() {
  return directory::v1::GetClusterRequest::descriptor()->file()->FindServiceByName("DirectoryService");
}

std::vector<Role> WhoMayCall(const MethodTable& table, const std::string& path) {
  std::vector<Role> who;
  for (const Role role : kRoles) {
    if (MayCall(role, table.Find(path))) who.push_back(role);
  }
  return who;
}

// Goal: the option decides, method by method.
TEST(Access, FollowsTheContract) {
  const MethodTable table({Directory()});
  const std::string service = "/giaoban.directory.v1.DirectoryService/";
  using testing::ElementsAre;
  EXPECT_THAT(WhoMayCall(table, service + "RecordOrganisationEvent"), ElementsAre(contract::v1::ROLE_OPERATOR));
  EXPECT_THAT(WhoMayCall(table, service + "Watch"),
              ElementsAre(contract::v1::ROLE_OPERATOR, contract::v1::ROLE_SERVICE));
  EXPECT_THAT(WhoMayCall(table, service + "GetCluster"),
              ElementsAre(contract::v1::ROLE_OFFICE, contract::v1::ROLE_CHAIR, contract::v1::ROLE_OPERATOR,
                          contract::v1::ROLE_SERVICE));
}

// Goal: a method without the option, or with an empty one, can be called by nobody.
TEST(Access, NoOptionMeansNobody) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("silent.proto");
  file.set_package("silent");
  file.add_message_type()->set_name("Nothing");
  auto* service = file.add_service();
  service->set_name("SilentService");
  for (const std::string name : {"Undecided", "Empty"}) {
    auto* method = service->add_method();
    method->set_name(name);
    method->set_input_type("Nothing");
    method->set_output_type("Nothing");
  }
  service->mutable_method(1)->mutable_options()->MutableExtension(contract::v1::access);
  DescriptorPool pool;
  ASSERT_NE(pool.BuildFile(file), nullptr);

  const MethodTable table({pool.FindServiceByName("silent.SilentService")});
  for (const std::string path : {"/silent.SilentService/Undecided", "/silent.SilentService/Empty"}) {
    EXPECT_NE(table.Find(path), nullptr);
    EXPECT_THAT(WhoMayCall(table, path), testing::IsEmpty()) << path;
  }
}

// Goal: only health and reflection are open to every certificate, and not to somebody without a role.
TEST(Access, ListsWhatIsOpen) {
  const MethodTable table({});
  ASSERT_EQ(table.methods().size(), 3u);
  for (const std::string path : {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
                                 "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
    EXPECT_THAT(WhoMayCall(table, path), testing::ElementsAreArray(kRoles)) << path;
    EXPECT_FALSE(MayCall(contract::v1::ROLE_UNSPECIFIED, table.Find(path)));
  }
}

// Goal: paths that only look like one of ours are unknown, and unknown is refused.
TEST(Access, UnknownPathsAreRefused) {
  const MethodTable table({Directory()});
  for (const std::string path :
       {"", "/", "giaoban.directory.v1.DirectoryService/GetCluster",
        "/giaoban.directory.v1.DirectoryService/getcluster", "/giaoban.directory.v1.DirectoryService/GetCluster/",
        "/giaoban.directory.v1.DirectoryService/", "//giaoban.directory.v1.DirectoryService/GetCluster",
        "/grpc.health.v1.Health/Other", "/giaoban.membership.v1.MembershipService/Submit"}) {
    EXPECT_EQ(table.Find(path), nullptr) << path;
    EXPECT_THAT(WhoMayCall(table, path), testing::IsEmpty());
  }
}

// What gRPC says of a connection whose certificate was verified.
class VerifiedPeer final : public grpc::AuthContext {
 public:
  explicit VerifiedPeer(std::string pem) : pem_(std::move(pem)) {}
  bool IsPeerAuthenticated() const override { return true; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    if (name != GRPC_X509_PEM_CERT_PROPERTY_NAME) return {};
    return {pem_};
  }
  grpc::AuthPropertyIterator begin() const override { return None(); }
  grpc::AuthPropertyIterator end() const override { return None(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  struct None : grpc::AuthPropertyIterator {};
  const std::string pem_;
};

// Who is behind a call, given the certificate and what the call carries.
class IdentifyTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    authority_ = new TestAuthority;
    authority_->Make("portal/web");
  }
  static void TearDownTestSuite() {
    delete authority_;
    authority_ = nullptr;
  }

  IdentifyTest() {
    std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0'), secret(crypto_sign_SECRETKEYBYTES, '\0');
    crypto_sign_keypair(reinterpret_cast<unsigned char*>(public_key.data()),
                        reinterpret_cast<unsigned char*>(secret.data()));
    signer_ = std::make_unique<StatementSigner>(secret);
    process_.statement_keys.Publish(signer_->published(), now_ - absl::Hours(1));
  }

  // A statement on the chair's clerk, signed now.
  std::string Statement() const {
    directory::v1::Statement said;
    said.set_user("lan");
    said.set_role(contract::v1::ROLE_CHAIR);
    said.set_name("quang-ninh");
    said.set_address("192.0.2.7");
    said.mutable_issue_time()->set_seconds(absl::ToUnixSeconds(now_));
    said.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(now_ + kStatementLife));
    return signer_->Sign(said).SerializeAsString();
  }

  absl::StatusOr<Caller> Identified(const std::string& folder, const std::vector<std::string>& statements) const {
    CallMetadata metadata = {{"giaoban-detail-bytes", "1"}};
    for (const std::string& statement : statements) metadata.emplace(kStatementMetadata, statement);
    return Identify(environment_, VerifiedPeer(LoadIdentity(authority_->Folder(folder))->certificate), metadata);
  }

  static TestAuthority* authority_;
  absl::Time now_ = absl::Now();
  TestEnvironment process_;
  const Environment environment_ = process_.Get(
      "", [this] { return now_; }, authority_->Load("directory"));
  std::unique_ptr<StatementSigner> signer_;
};

TestAuthority* IdentifyTest::authority_ = nullptr;

// Goal: a certificate acts for itself.
TEST_F(IdentifyTest, CertificateActsForItself) {
  for (const auto& [folder, identity] :
       {std::pair("quang-ninh", "office/quang-ninh"), std::pair("web", "portal/web")}) {
    const auto caller = Identified(folder, {});
    ASSERT_TRUE(caller.ok()) << caller.status();
    EXPECT_EQ(caller->ToString(), identity);
    EXPECT_EQ(caller->person, "");
    EXPECT_EQ(caller->carrier, "");
  }
}

// Goal: a portal with a statement acts as the person, and both are known.
TEST_F(IdentifyTest, PortalActsForAPerson) {
  const auto caller = Identified("web", {Statement()});
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->ToString(), "chair/quang-ninh");
  EXPECT_EQ(caller->person, "lan");
  EXPECT_EQ(caller->carrier, "portal/web");
  EXPECT_EQ(caller->address, "192.0.2.7");
  EXPECT_EQ(caller->Account(), "chair/quang-ninh by lan");
}

// Goal: a statement over anybody else's certificate is refused, not ignored, be it good or rubbish.
TEST_F(IdentifyTest, OnlyAPortalCarriesStatements) {
  for (const std::string folder : {"quang-ninh", "cum-truong", "van-hanh", "directory"}) {
    for (const std::string& statement : {Statement(), std::string("rubbish"), std::string()}) {
      const absl::Status status = Identified(folder, {statement}).status();
      EXPECT_TRUE(absl::IsPermissionDenied(status)) << folder << ": " << status;
      EXPECT_EQ(DetailOf(status).reason, "STATEMENT");
      EXPECT_EQ(status.message(), "not allowed");
    }
  }
}

// Goal: two statements make nobody, though both are good: which one is meant is not for us to guess.
TEST_F(IdentifyTest, OneStatementOnly) {
  EXPECT_TRUE(absl::IsPermissionDenied(Identified("web", {Statement(), Statement()}).status()));
}

// Goal: a portal whose statement is not believed is not a portal for that call, but nobody.
TEST_F(IdentifyTest, BadStatementMakesNobody) {
  const std::string good = Statement();
  EXPECT_TRUE(absl::IsUnauthenticated(Identified("web", {"rubbish"}).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Identified("web", {""}).status()));
  EXPECT_TRUE(Identified("web", {good}).ok());
  now_ += kStatementLife;
  EXPECT_TRUE(absl::IsUnauthenticated(Identified("web", {good}).status()));
}

// Goal: without a statement a portal may log people in and nothing else; with one, what the person may.
TEST_F(IdentifyTest, PortalAloneHasPortalMethodsOnly) {
  const auto* accounts = directory::v1::Statement::descriptor()->file()->FindServiceByName("AccountService");
  const MethodTable table({Directory(), accounts});
  for (const auto& method : table.methods()) {
    const bool portals =
        std::find(method->roles.begin(), method->roles.end(), contract::v1::ROLE_PORTAL) != method->roles.end();
    EXPECT_EQ(MayCall(Identified("web", {})->role, method.get()), portals || method->everybody) << method->name;
  }
  const std::string service = "/giaoban.directory.v1.";
  const contract::v1::Role alone = Identified("web", {})->role, person = Identified("web", {Statement()})->role;
  EXPECT_FALSE(MayCall(alone, table.Find(service + "DirectoryService/GetCluster")));
  EXPECT_TRUE(MayCall(person, table.Find(service + "DirectoryService/GetCluster")));
  EXPECT_TRUE(MayCall(alone, table.Find(service + "AccountService/LogIn")));
  EXPECT_FALSE(MayCall(person, table.Find(service + "AccountService/LogIn")));
}

}  // namespace
}  // namespace giaoban::runtime
