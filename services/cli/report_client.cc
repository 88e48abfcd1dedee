#include "services/cli/report_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "giaoban/inspection/v1/service.pb.h"
#include "giaoban/membership/v1/service.pb.h"
#include "giaoban/training/v1/service.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/reflection.h"

namespace giaoban::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using report::v1::Receipt;
using report::v1::Revision;

// The service file of a form, found by the package it shares with it. Naming one message of
// each file is what makes the linker keep it; a new report kind is one more line.
const google::protobuf::FileDescriptor& FileOf(const contract::Form& form) {
  static const std::vector<const google::protobuf::FileDescriptor*> files = {
      membership::v1::SubmitRequest::descriptor()->file(),
      training::v1::SubmitRequest::descriptor()->file(),
      inspection::v1::SubmitRequest::descriptor()->file(),
  };
  return **std::find_if(files.begin(), files.end(),
                        [&](const auto* file) { return file->package() == form.descriptor->file()->package(); });
}

const FieldDescriptor* FieldOfType(const Message& message, const Descriptor* type) {
  const Descriptor* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    if (descriptor->field(i)->message_type() == type) return descriptor->field(i);
  }
  return nullptr;
}

// Fills the field of the content's type.
void Set(Message& message, const Message& content) {
  const FieldDescriptor* field = FieldOfType(message, content.GetDescriptor());
  message.GetReflection()->MutableMessage(&message, field)->CopyFrom(content);
}

// The field of the type, or nothing when it is unset.
template <typename T>
std::optional<T> Part(const Message& message) {
  const FieldDescriptor* field = FieldOfType(message, T::descriptor());
  if (!message.GetReflection()->HasField(message, field)) return std::nullopt;
  T part;
  part.CopyFrom(message.GetReflection()->GetMessage(message, field));
  return part;
}

template <typename T>
std::vector<T> Parts(const Message& message) {
  const auto list = message.GetReflection()->GetRepeatedFieldRef<T>(message, FieldOfType(message, T::descriptor()));
  return std::vector<T>(list.begin(), list.end());
}

absl::StatusOr<Receipt> ReceiptOf(absl::StatusOr<std::unique_ptr<Message>> response) {
  if (!response.ok()) return response.status();
  return Part<Receipt>(**response).value_or(Receipt());
}

}  // namespace

std::unique_ptr<Message> ReportClient::Make(const std::string& name) const {
  const Descriptor* type = FileOf(form_).FindMessageTypeByName(name);
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::unique_ptr<Message> ReportClient::MakeReport(const contract::Cells& cells) const {
  std::unique_ptr<Message> report(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(form_.descriptor)->New());
  form_.Write(cells, report.get());
  return report;
}

absl::StatusOr<std::unique_ptr<Message>> ReportClient::Call(const std::string& method, const Message& content,
                                                            const Message* report, const std::string& page_token) {
  std::unique_ptr<Message> request = Make(absl::StrCat(method, "Request"));
  Set(*request, content);
  if (!page_token.empty()) {
    request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName("page_token"),
                                        page_token);
  }
  if (report != nullptr) Set(*request, *report);
  std::unique_ptr<Message> response = Make(absl::StrCat(method, "Response"));
  if (absl::Status status = connection_.Call(*request, response.get()); !status.ok()) return status;
  return response;
}

absl::StatusOr<ReportClient::Submitted> ReportClient::Submit(const report::v1::Submission& submission,
                                                             const contract::Cells& cells) {
  auto response = Call("Submit", submission, MakeReport(cells).get());
  if (!response.ok()) return response.status();
  return Submitted{Part<Receipt>(**response), Parts<report::v1::Finding>(**response)};
}

absl::StatusOr<int64_t> ReportClient::SaveDraft(const report::v1::Draft& draft, const contract::Cells& cells) {
  auto response = Call("SaveDraft", draft, MakeReport(cells).get());
  if (!response.ok()) return response.status();
  const FieldDescriptor* version = (*response)->GetDescriptor()->FindFieldByName("version");
  return (*response)->GetReflection()->GetInt64(**response, version);
}

absl::StatusOr<Receipt> ReportClient::Withdraw(const report::v1::Withdrawal& withdrawal) {
  return ReceiptOf(Call("Withdraw", withdrawal, nullptr));
}

absl::StatusOr<Receipt> ReportClient::Review(const report::v1::Review& review) {
  return ReceiptOf(Call("Review", review, nullptr));
}

absl::StatusOr<ReportClient::Content> ReportClient::Get(const report::v1::Selection& selection) {
  auto response = Call("Get", selection, nullptr);
  if (!response.ok()) return response.status();
  const FieldDescriptor* report = FieldOfType(**response, form_.descriptor);
  return Content{Part<Revision>(**response).value_or(Revision()),
                 form_.Read((*response)->GetReflection()->GetMessage(**response, report))};
}

absl::StatusOr<std::vector<Revision>> ReportClient::History(const report::v1::ReportKey& key) {
  std::vector<Revision> revisions;
  std::string page_token;
  do {
    auto response = Call("History", key, nullptr, page_token);
    if (!response.ok()) return response.status();
    for (Revision& revision : Parts<Revision>(**response)) revisions.push_back(std::move(revision));
    const FieldDescriptor* next = (*response)->GetDescriptor()->FindFieldByName("next_page_token");
    page_token = (*response)->GetReflection()->GetString(**response, next);
  } while (!page_token.empty());
  return revisions;
}

absl::Status ReportClient::Watch(const report::v1::FeedPosition& after, bool past_only,
                                 absl::FunctionRef<bool(const report::v1::Entry&)> take) {
  std::unique_ptr<Message> request = Make("WatchRequest");
  const Descriptor* type = request->GetDescriptor();
  const google::protobuf::Reflection* reflection = request->GetReflection();
  auto* from = google::protobuf::DynamicCastToGenerated<report::v1::FeedPosition>(
      reflection->AddMessage(request.get(), type->FindFieldByName("after")));
  *from = after;
  reflection->SetBool(request.get(), type->FindFieldByName("past_only"), past_only);
  std::unique_ptr<Message> response = Make("WatchResponse");
  return connection_.Stream(*request, response.get(), [&] {
    const std::optional<report::v1::Entry> entry = Part<report::v1::Entry>(*response);
    if (entry) from->set_position(entry->position());
    return !entry || take(*entry);
  });
}

}  // namespace giaoban::cli
