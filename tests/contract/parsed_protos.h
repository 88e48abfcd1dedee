// For tests: the files of proto/ as they stand, read at run time.
#ifndef GIAOBAN_TESTS_CONTRACT_PARSED_PROTOS_H_
#define GIAOBAN_TESTS_CONTRACT_PARSED_PROTOS_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/compiler/importer.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace giaoban {

// Every file of the contract, by name: "giaoban/membership/v1/report.proto".
inline std::vector<std::string> ContractFiles() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator("proto/giaoban")) {
    if (entry.path().extension() == ".proto") names.push_back(entry.path().lexically_relative("proto").string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The folder proto/, with some files edited.
class EditedTree : public google::protobuf::compiler::SourceTree {
 public:
  explicit EditedTree(std::map<std::string, std::string> edited) : edited_(std::move(edited)) {
    disk_.MapPath("", "proto");
  }
  google::protobuf::io::ZeroCopyInputStream* Open(const std::string& name) override {
    const auto found = edited_.find(name);
    if (found == edited_.end()) return disk_.Open(name);
    return new google::protobuf::io::ArrayInputStream(found->second.data(), static_cast<int>(found->second.size()));
  }

 private:
  google::protobuf::compiler::DiskSourceTree disk_;
  std::map<std::string, std::string> edited_;
};

// Makes every error of a file a test failure.
class FailingCollector : public google::protobuf::compiler::MultiFileErrorCollector {
 public:
  void AddError(const std::string& file, int line, int column, const std::string& message) override {
    ADD_FAILURE() << file << ":" << line + 1 << ":" << column + 1 << ": " << message;
  }
};

class ParsedProtos {
 public:
  // `edited` replaces files by name, "giaoban/membership/v1/report.proto".
  explicit ParsedProtos(std::map<std::string, std::string> edited = {}) : tree_(std::move(edited)) {
    files_.RecordErrorsTo(&errors_);
  }
  // Null when the file cannot be read; that is a failure too.
  const google::protobuf::FileDescriptor* File(const std::string& name) { return pool_.FindFileByName(name); }

 private:
  EditedTree tree_;
  FailingCollector errors_;
  // protobuf's own files come from the library.
  google::protobuf::DescriptorPoolDatabase library_{*google::protobuf::DescriptorPool::generated_pool()};
  google::protobuf::compiler::SourceTreeDescriptorDatabase files_{&tree_, &library_};
  google::protobuf::DescriptorPool pool_{&files_, files_.GetValidationErrorCollector()};
};

}  // namespace giaoban

#endif  // GIAOBAN_TESTS_CONTRACT_PARSED_PROTOS_H_
