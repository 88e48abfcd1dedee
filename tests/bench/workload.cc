#include "tests/bench/workload.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdio>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "giaoban/aggregator/v1/aggregator.pb.h"
#include "giaoban/membership/v1/service.pb.h"

namespace giaoban::bench {
namespace {

const std::string kSubmit = "/giaoban.membership.v1.MembershipService/Submit";
const std::string kReview = "/giaoban.membership.v1.MembershipService/Review";
const std::string kGetSummary = "/giaoban.aggregator.v1.AggregatorService/GetSummary";
const std::string kPut = "/etcdserverpb.KV/Put";

// As an office makes them: of random digits, so that an index of them grows all over.
std::string NewId() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  char id[37];
  const uint64_t high = random(), low = random();
  std::snprintf(id, sizeof(id), "%08x-%04x-4%03x-a%03x-%012llx", static_cast<uint32_t>(high >> 32),
                static_cast<uint32_t>(high >> 16 & 0xffff), static_cast<uint32_t>(high & 0xfff),
                static_cast<uint32_t>(low >> 48 & 0xfff), static_cast<unsigned long long>(low & 0xffffffffffff));
  return id;
}

class Echo final : public Workload {
 public:
  explicit Echo(std::string body) : body_(std::move(body)) {}
  const std::string& method() const override { return kSubmit; }
  absl::StatusOr<absl::string_view> Request() override { return body_; }
  absl::Status Take(absl::string_view answer) override {
    return answer == body_ ? absl::OkStatus() : absl::DataLossError("the answer is not the request");
  }

 private:
  const std::string body_;
};

class Answer final : public Workload {
 public:
  explicit Answer(std::string body) : body_(std::move(body)) {}
  const std::string& method() const override { return kGetSummary; }
  absl::StatusOr<absl::string_view> Request() override { return body_; }
  absl::Status Take(absl::string_view answer) override {
    return answer.empty() ? absl::DataLossError("the answer is empty") : absl::OkStatus();
  }

 private:
  const std::string body_;
};

class Put final : public Workload {
 public:
  explicit Put(std::string body) : body_(std::move(body)) {}
  const std::string& method() const override { return kPut; }
  absl::StatusOr<absl::string_view> Request() override {
    request_.clear();
    google::protobuf::io::StringOutputStream stream(&request_);
    google::protobuf::io::CodedOutputStream coded(&stream);
    const auto write = [&](uint32_t field, const std::string& bytes) {
      coded.WriteTag(field << 3 | 2);
      coded.WriteVarint32(static_cast<uint32_t>(bytes.size()));
      coded.WriteString(bytes);
    };
    write(1, NewId());
    write(2, body_);
    coded.Trim();
    return request_;
  }
  absl::Status Take(absl::string_view answer) override {
    return answer.empty() ? absl::DataLossError("the answer is empty") : absl::OkStatus();
  }

 private:
  const std::string body_;
  std::string request_;
};

class Submit final : public Workload {
 public:
  explicit Submit(Reports& reports) : reports_(reports) {}

  bool Parse(const std::string& body) { return request_.ParseFromString(body); }
  const report::v1::Receipt& receipt() const { return answer_.receipt(); }

  const std::string& method() const override { return kSubmit; }

  absl::StatusOr<absl::string_view> Request() override {
    report::v1::Submission& submission = *request_.mutable_submission();
    if (left_ == 0) {
      Reports::Report report = reports_.Next();
      submission.mutable_key()->set_period(std::move(report.period));
      base_ = report.base;
      left_ = reports_.revisions();
    }
    submission.set_base_revision(base_);
    submission.set_request_id(NewId());
    request_.SerializeToString(&bytes_);
    return bytes_;
  }

  absl::Status Take(absl::string_view answer) override {
    if (!answer_.ParseFromArray(answer.data(), static_cast<int>(answer.size())) || receipt().revision() != base_ + 1 ||
        receipt().proof().signature().empty()) {
      return absl::DataLossError("the answer is no receipt of this submission");
    }
    ++base_;
    --left_;
    return absl::OkStatus();
  }

 private:
  Reports& reports_;
  membership::v1::SubmitRequest request_;
  membership::v1::SubmitResponse answer_;
  std::string bytes_;
  int64_t base_ = 0;
  int64_t left_ = 0;
};

class Accept final : public Workload {
 public:
  explicit Accept(Reports& reports) : submit_(reports) {}

  bool Parse(const std::string& body) { return submit_.Parse(body); }
  const std::string& method() const override {
    return stage_ == kSubmitting ? kSubmit : stage_ == kReviewing ? kReview : kGetSummary;
  }
  bool counts() const override { return stage_ == kReading; }
  size_t identity() const override { return stage_ == kSubmitting ? 0 : 1; }

  absl::StatusOr<absl::string_view> Request() override {
    if (stage_ == kSubmitting) return submit_.Request();
    if (stage_ == kReviewing) {
      membership::v1::ReviewRequest request;
      report::v1::Review& review = *request.mutable_review();
      *review.mutable_key() = submit_.receipt().key();
      review.set_revision(submit_.receipt().revision());
      review.set_revision_hash(submit_.receipt().entry_hash());
      review.set_decision(report::v1::DECISION_ACCEPT);
      review.set_request_id(NewId());
      bytes_ = request.SerializeAsString();
    } else {
      aggregator::v1::GetSummaryRequest request;
      request.mutable_key()->set_cluster(submit_.receipt().key().cluster());
      request.mutable_key()->set_period(submit_.receipt().key().period());
      aggregator::v1::KindPosition& position = *request.add_at_least();
      position.set_kind("membership");
      position.set_position(accepted_.receipt().position());
      bytes_ = request.SerializeAsString();
    }
    return bytes_;
  }

  absl::Status Take(absl::string_view answer) override {
    const int size = static_cast<int>(answer.size());
    switch (stage_) {
      case kSubmitting:
        stage_ = kReviewing;
        return submit_.Take(answer);
      case kReviewing:
        stage_ = kReading;
        return Is(accepted_.ParseFromArray(answer.data(), size) && accepted_.receipt().position() > 0, "an acceptance");
      case kReading:
        stage_ = kSubmitting;
        return Is(summary_.ParseFromArray(answer.data(), size) && Included(), "a summary that includes the acceptance");
    }
    return absl::OkStatus();
  }

 private:
  enum Stage { kSubmitting, kReviewing, kReading };

  static absl::Status Is(bool so, absl::string_view what) {
    return so ? absl::OkStatus() : absl::DataLossError(absl::StrCat("the answer is not ", what));
  }

  bool Included() const {
    for (const aggregator::v1::KindPosition& position : summary_.summary().positions()) {
      if (position.kind() == "membership") return position.position() >= accepted_.receipt().position();
    }
    return false;
  }

  Submit submit_;
  Stage stage_ = kSubmitting;
  membership::v1::ReviewResponse accepted_;
  aggregator::v1::GetSummaryResponse summary_;
  std::string bytes_;
};

template <typename Made>
absl::StatusOr<std::unique_ptr<Workload>> Parsed(const std::string& body, Reports& reports) {
  auto made = std::make_unique<Made>(reports);
  if (!made->Parse(body)) return absl::InvalidArgumentError("the body is no SubmitRequest");
  return made;
}

}  // namespace

Reports::Report Reports::Next() {
  const std::lock_guard<std::mutex> lock(mutex_);
  const size_t number = next_++;
  return {periods_[number % periods_.size()], base_ + static_cast<int64_t>(number / periods_.size()) * revisions_};
}

absl::StatusOr<std::unique_ptr<Workload>> MakeWorkload(absl::string_view name, std::string body, Reports& reports) {
  if (name == "echo") return std::make_unique<Echo>(std::move(body));
  if (name == "answer") return std::make_unique<Answer>(std::move(body));
  if (name == "put") return std::make_unique<Put>(std::move(body));
  if (name == "submit") return Parsed<Submit>(body, reports);
  if (name == "accept") return Parsed<Accept>(body, reports);
  return absl::NotFoundError(absl::StrCat("there is no workload ", name));
}

}  // namespace giaoban::bench
