// Logging in: who is let in, how often one may try, and what others learn of it.
#ifndef GIAOBAN_DIRECTORY_LOG_IN_H_
#define GIAOBAN_DIRECTORY_LOG_IN_H_

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "giaoban/audit/v1/audit.pb.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "services/directory/accounts.h"
#include "services/directory/password_worker.h"
#include "services/directory/sessions.h"
#include "services/directory/throttle.h"
#include "services/shared/runtime/environment.h"
#include "services/shared/runtime/identity.h"

namespace giaoban::directory {

// What AccountService says of LogIn, ChangePassword and RenewStatement. A call goes the same way for every user name:
// counts of failures, the worker's queue, one read of the database, one hash, one answer. What differs comes after the
// password was right. Thread-safe. The arguments must outlive it; what runs on the worker must have ended before it
// ends.
class LogIn {
 public:
  // Gets the outcome once, on any thread; must not block.
  using Done = absl::AnyInvocable<void(absl::StatusOr<v1::SignedStatement>)>;

  LogIn(Accounts& accounts, const Sessions& sessions, PasswordWorker& worker, const runtime::Environment& environment)
      : accounts_(accounts), sessions_(sessions), worker_(worker), environment_(environment) {}

  // `portal` carries the request.
  void Enter(const runtime::Caller& portal, const v1::LogInRequest& request, Done done);
  void ChangePassword(const runtime::Caller& portal, const v1::ChangePasswordRequest& request, Done done);
  absl::StatusOr<v1::SignedStatement> Renew(const runtime::Caller& portal, const v1::SignedStatement& statement);

 private:
  // One call on its way.
  struct Trial {
    // Whoever calls for the person, who is named as typed.
    runtime::Caller caller;
    std::string method;
    v1::LogInRequest request;
    // Empty: just log in.
    std::string new_password;
    Attempt attempt;
    Done done;
  };
  using SharedTrial = std::shared_ptr<Trial>;
  // What the right password and code show.
  struct Right {
    AccountRecord record;
    Secrets secrets;
    std::optional<int64_t> code_step;
  };

  void Begin(const SharedTrial& trial);
  // On the worker.
  void Judge(const SharedTrial& trial);
  absl::StatusOr<std::optional<Right>> Compare(const v1::LogInRequest& request);
  void Accept(const SharedTrial& trial, Right right);
  void SetPassword(const SharedTrial& trial, const Right& right);
  // Lets in once that is in the audit log.
  void LetIn(const SharedTrial& trial, const AccountRecord& record);
  void Report(audit::v1::EventKind kind, const Trial& trial, std::string reason) const;

  Accounts& accounts_;
  const Sessions& sessions_;
  PasswordWorker& worker_;
  const runtime::Environment environment_;
  Throttle throttle_;
};

}  // namespace giaoban::directory

#endif  // GIAOBAN_DIRECTORY_LOG_IN_H_
