#include <string>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "giaoban/directory/v1/accounts.pb.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"

namespace giaoban::cli {
namespace {

using contract::v1::Role;
using directory::v1::Account;

absl::StatusOr<Role> RoleOf(const Context& context) {
  const std::string typed = context.arguments.Get("role");
  for (const Role role : {contract::v1::ROLE_OFFICE, contract::v1::ROLE_CHAIR, contract::v1::ROLE_OPERATOR}) {
    if (typed == PlainName(*contract::v1::Role_descriptor()->FindValueByNumber(role))) return role;
  }
  return UsageError(absl::StrCat("--role phải là một trong: office, chair, operator; không phải “", typed, "”"),
                    absl::StrCat("--role must be one of: office, chair, operator; not \"", typed, "\""));
}

// "office quang-ninh", in words.
std::string ActsAs(const Account& account, const Console& console) {
  return absl::StrCat(console.State(account.role()).shown, account.bloc().empty() ? "" : " ", account.bloc());
}

Table AccountTable(const Console& console) {
  return Table({{"user", console.In("Tên đăng nhập", "User name")},
                {"role", console.In("Vai trò", "Role")},
                {"bloc", console.In("Khối", "Bloc")},
                {"disabled", console.In("Khoá", "Disabled")},
                {"password_change_required", console.In("Mật khẩu ban đầu", "Initial password")},
                {"one_time_code", console.In("Mã một lần", "One-time code")},
                {"create_time", console.In("Tạo lúc", "Created")},
                {"log_in_time", console.In("Đăng nhập gần nhất", "Last log-in")}});
}

Cell YesNo(bool yes, const Console& console) {
  return Text(yes ? console.In("có", "yes") : "", yes ? "true" : "false");
}

void Add(const Account& account, const Console& console, Table& table) {
  table.Add({Text(account.user()), console.State(account.role()), Text(account.bloc()),
             YesNo(account.disabled(), console), YesNo(account.password_change_required(), console),
             YesNo(account.one_time_code(), console), console.Time(account.create_time()),
             console.Time(account.log_in_time())});
}

// The only time anybody sees the password. Programs take it from JSON.
void PrintPassword(const Account& account, const std::string& password, const std::string& request_id,
                   const Console& console) {
  if (!console.text()) {
    return console.Print(Json{{"account", ToJson(account)}, {"initialPassword", password}, {"requestId", request_id}});
  }
  console.out << account.user() << ": " << ActsAs(account, console) << "\n  "
              << console.In("mật khẩu ban đầu: ", "initial password: ") << password << "\n  "
              << console.In(
                     "Chỉ hiện một lần, không được lưu ở đâu: hãy trao tận tay chủ tài khoản; người đó phải đổi "
                     "khi đăng nhập lần đầu.",
                     "Shown once and kept nowhere: hand it to the owner in person, who has to change it at the "
                     "first log-in.")
              << "\n  request_id " << request_id << std::endl;
}

absl::StatusOr<int> Create(const Context& context) {
  const absl::StatusOr<Role> role = RoleOf(context);
  if (!role.ok()) return role.status();
  directory::v1::CreateAccountRequest request;
  request.set_user(context.arguments.Get("user"));
  request.set_role(*role);
  request.set_bloc(context.arguments.Get("bloc"));
  request.set_request_id(RequestIdOf(context));
  directory::v1::CreateAccountResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  PrintPassword(response.account(), response.initial_password(), request.request_id(), context.console);
  return kExitDone;
}

absl::StatusOr<int> Reset(const Context& context) {
  directory::v1::ResetAccountRequest request;
  request.set_user(context.arguments.Get("user"));
  request.set_reason(context.arguments.Get("reason"));
  request.set_request_id(RequestIdOf(context));
  directory::v1::ResetAccountResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  PrintPassword(response.account(), response.initial_password(), request.request_id(), context.console);
  return kExitDone;
}

absl::StatusOr<int> SetDisabled(const Context& context, bool disabled) {
  directory::v1::SetAccountDisabledRequest request;
  request.set_user(context.arguments.Get("user"));
  request.set_disabled(disabled);
  request.set_reason(context.arguments.Get("reason"));
  request.set_request_id(RequestIdOf(context));
  directory::v1::SetAccountDisabledResponse response;
  if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
  Table table = AccountTable(context.console);
  Add(response.account(), context.console, table);
  context.console.Print(table);
  return kExitDone;
}

absl::StatusOr<int> List(const Context& context) {
  Table table = AccountTable(context.console);
  directory::v1::ListAccountsRequest request;
  do {
    directory::v1::ListAccountsResponse response;
    if (absl::Status status = context.connection.Call(request, &response); !status.ok()) return status;
    for (const Account& account : response.accounts()) Add(account, context.console, table);
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  context.console.Print(table);
  return kExitDone;
}

// What a rotation has come to: keys by the address of the process that signs with them.
struct Rotation {
  std::string request_id;
  std::vector<std::pair<std::string, std::string>> keys;
};

void Print(const Rotation& rotation, const Console& console) {
  if (!console.text()) {
    Json keys = Json::array();
    for (const auto& [address, key] : rotation.keys) keys.push_back({{"address", address}, {"keyId", key}});
    console.Print(Json{{"keys", std::move(keys)}, {"requestId", rotation.request_id}});
    return;
  }
  for (const auto& [address, key] : rotation.keys) {
    console.out << console.In("khoá mới: ", "new key: ") << key << " (" << address << ")\n";
  }
  console.out << "  "
              << console.In("Mọi người phải đăng nhập lại trong vòng năm phút.",
                            "Everybody has to log in again within five minutes.")
              << "\n  request_id " << rotation.request_id << std::endl;
}

// Addresses of the directory; an empty one when there is none, so that asking it says so.
absl::StatusOr<std::vector<std::string>> Directories(Connection& connection) {
  const auto processes = connection.Processes();
  if (!processes.ok()) return processes.status();
  std::vector<std::string> addresses;
  for (const auto& [address, services] : *processes) {
    if (absl::c_linear_search(services, "directory")) addresses.push_back(address);
  }
  if (addresses.empty()) addresses.emplace_back();
  return addresses;
}

// Each process of the directory has a key of its own, and each rotation is a request of its own.
absl::StatusOr<int> RotateKey(const Context& context) {
  const auto addresses = Directories(context.connection);
  if (!addresses.ok()) return addresses.status();
  Rotation rotation{.request_id = RequestIdOf(context), .keys = {}};
  int exit = kExitDone;
  directory::v1::RotateStatementKeyRequest request;
  request.set_request_id(rotation.request_id);
  for (size_t process = 0; process < addresses->size(); ++process) {
    const std::string& address = (*addresses)[process];
    if (process > 0) request.set_request_id(absl::StrCat(rotation.request_id, "-", process + 1));
    directory::v1::RotateStatementKeyResponse response;
    const absl::Status status = context.connection.CallAt("directory", address, request, &response);
    if (status.ok()) {
      rotation.keys.emplace_back(address, response.key_id());
      continue;
    }
    PrintError(status, context.console, absl::StrCat("directory (", address, ")"));
    exit = ExitCodeOf(status);
  }
  if (!rotation.keys.empty()) Print(rotation, context.console);
  return exit;
}

}  // namespace

std::vector<Command> AccountCommands() {
  return {
      {"account create",
       "",
       {"user", "role"},
       {"bloc", "request-id"},
       {"Tạo tài khoản và in mật khẩu ban đầu một lần; với office và chair phải có --bloc.",
        "Makes an account and prints its initial password once; office and chair need --bloc."},
       "giaoban account create --user van-phong-quang-ninh --role office --bloc quang-ninh",
       Create},
      {"account reset",
       "",
       {"user"},
       {"reason", "request-id"},
       {"Đặt lại mật khẩu ban đầu, bỏ mã một lần và kết thúc các phiên của một tài khoản.",
        "Gives an account a new initial password, takes away its one-time codes and ends its sessions."},
       "giaoban account reset --user van-phong-quang-ninh --reason \"quên mật khẩu\"",
       Reset},
      {"account disable",
       "",
       {"user"},
       {"reason", "request-id"},
       {"Khoá một tài khoản.", "Disables an account."},
       "giaoban account disable --user van-phong-quang-ninh --reason \"chuyển công tác\"",
       [](const Context& context) { return SetDisabled(context, true); }},
      {"account enable",
       "",
       {"user"},
       {"reason", "request-id"},
       {"Mở khoá một tài khoản.", "Enables an account again."},
       "giaoban account enable --user van-phong-quang-ninh",
       [](const Context& context) { return SetDisabled(context, false); }},
      {"account list", "", {}, {}, {"Mọi tài khoản.", "All accounts."}, "giaoban account list", List},
      {"account rotate-key",
       "",
       {},
       {"request-id"},
       {"Thay khoá ký xác nhận người dùng ở mọi tiến trình của danh bạ; mọi người phải đăng nhập lại.",
        "Replaces the key that signs statements about people, at every process of the directory; everybody has to log "
        "in "
        "again."},
       "giaoban account rotate-key",
       RotateKey},
  };
}

}  // namespace giaoban::cli
