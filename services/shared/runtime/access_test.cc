#include "services/shared/runtime/access.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include "giaoban/directory/v1/directory.pb.h"
#include "services/shared/runtime/server.h"

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

}  // namespace
}  // namespace giaoban::runtime
