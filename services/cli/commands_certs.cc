#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/cli/authority.h"
#include "services/cli/commands.h"
#include "services/cli/errors.h"
#include "services/cli/names.h"
#include "services/shared/runtime/identity_folder.h"

namespace giaoban::cli {
namespace {

using runtime::Identity;
using IssuedOr = absl::StatusOr<std::vector<Issued>>;

constexpr int64_t kDefaultDays = 90, kMostDays = 397;
constexpr size_t kFolderLength = 80;

Authority AuthorityOf(const Context& context) {
  // Whatever is made here is for nobody else on this machine.
  umask(077);
  return Authority(context.arguments.Get("authority"), context.world.clock);
}

absl::Status Expected(const std::string& typed, absl::string_view form) {
  return UsageError(absl::StrCat("“", typed, "” phải có dạng ", form), absl::StrCat("\"", typed, "\" must be ", form));
}

absl::StatusOr<Identity> ParseName(const std::string& typed) {
  const auto identity = runtime::ParseIdentity(absl::StrCat("spiffe://giaoban/", typed));
  if (identity.ok()) return identity;
  return UsageError(
      absl::StrCat("“", typed,
                   "” phải có dạng ROLE/NAME: office, chair, operator, service hoặc portal, rồi tên gồm chữ ",
                   "thường không dấu, chữ số, gạch nối, nhiều nhất 40"),
      absl::StrCat("\"", typed, "\" must be ROLE/NAME: office, chair, operator, service or portal, then a name of ",
                   "lower-case letters, digits and hyphens, at most 40"));
}

absl::StatusOr<IdentityOrder> ParseOrder(const std::string& typed) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(typed, absl::MaxSplits('=', 1));
  const auto identity = ParseName(parts.first);
  if (!identity.ok()) return identity.status();
  const bool named = parts.first != typed;
  const std::string& folder = named ? parts.second : identity->name;
  const bool fits = !folder.empty() && folder.size() <= kFolderLength &&
                    std::all_of(folder.begin(), folder.end(),
                                [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; });
  if (!fits) return Expected(typed, "ROLE/NAME=FOLDER; FOLDER: a-z 0-9 -");
  return IdentityOrder{*identity, folder};
}

absl::StatusOr<int> DaysOf(const Arguments& arguments) {
  const auto given = arguments.Number("days");
  if (!given.ok()) return given.status();
  const int64_t days = given->value_or(kDefaultDays);
  if (days >= 1 && days <= kMostDays) return static_cast<int>(days);
  return UsageError(absl::StrCat("--days phải từ 1 đến ", kMostDays, ", không phải ", days),
                    absl::StrCat("--days must be from 1 to ", kMostDays, ", not ", days));
}

Cell StateCell(Issued::State state, const Console& console) {
  switch (state) {
    case Issued::State::kValid:
      return Text(console.In("có hiệu lực", "valid"), "valid");
    case Issued::State::kDue:
      return Text(console.In("sắp hết hạn", "due"), "due");
    case Issued::State::kReplaced:
      return Text(console.In("đã thay", "replaced"), "replaced");
    case Issued::State::kExpired:
      return Text(console.In("hết hạn", "expired"), "expired");
    case Issued::State::kRevoked:
      return Text(console.In("đã thu hồi", "revoked"), "revoked");
  }
  return Text("");
}

Table IssuedTable(const std::vector<Issued>& all, const Console& console) {
  Table table({{"identity", console.In("Định danh", "Identity")},
               {"folder", console.In("Thư mục", "Folder")},
               {"serial", console.In("Số hiệu", "Serial")},
               {"from", console.In("Từ", "From")},
               {"until", console.In("Đến", "Until")},
               {"state", console.In("Trạng thái", "State")},
               {"reason", console.In("Lý do", "Reason")}});
  for (const Issued& issued : all) {
    table.Add({Text(issued.certificate.identity.ToString()), Text(issued.folder), Text(issued.certificate.serial),
               console.Time(ToTimestamp(issued.certificate.not_before)),
               console.Time(ToTimestamp(issued.certificate.not_after)), StateCell(issued.state, console),
               Text(issued.reason)});
  }
  return table;
}

// Prints what was done; people are told when that is nothing.
absl::StatusOr<int> PrintDone(const IssuedOr& done, absl::string_view vi, absl::string_view en,
                              const Console& console) {
  if (!done.ok()) return done.status();
  if (done->empty() && console.text()) {
    console.out << console.In(vi, en) << std::endl;
  } else {
    console.Print(IssuedTable(*done, console));
  }
  return kExitDone;
}

absl::StatusOr<int> Init(const Context& context) {
  Addresses addresses;
  for (const std::string& typed : context.arguments.operands) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(typed, absl::MaxSplits('=', 1));
    const auto service = runtime::ParseIdentity(absl::StrCat("spiffe://giaoban/service/", parts.first));
    const bool spaced = parts.second.find_first_of(" \t\r\n") != std::string::npos;
    if (!service.ok() || spaced || !runtime::IsAddress(parts.second)) return Expected(typed, "SERVICE=HOST:PORT");
    addresses[parts.first] = parts.second;
  }
  const Authority authority = AuthorityOf(context);
  const absl::StatusOr<bool> made = authority.Init(addresses);
  if (!made.ok()) return made.status();
  const Console& console = context.console;
  if (!console.text()) {
    Table table({{"authority", ""}, {"made", ""}});
    table.Add({Text(authority.directory()), Text(*made ? "true" : "false")});
    console.Print(table);
  } else if (*made) {
    console.out << console.In("Đã tạo cơ quan cấp chứng thư ", "Made the certificate authority ")
                << authority.directory() << "/ca.pem\n"
                << console.In("Để ca.key ngoài máy chạy dịch vụ: ai có nó thì giả được mọi định danh.",
                              "Keep ca.key off the machine that serves: whoever has it can be anybody.")
                << std::endl;
  } else {
    console.out << console.In("Cơ quan cấp chứng thư đã có: ", "The certificate authority is there: ")
                << authority.directory() << "/ca.pem" << std::endl;
  }
  return kExitDone;
}

absl::StatusOr<int> Issue(const Context& context) {
  std::vector<IdentityOrder> orders;
  for (const std::string& typed : context.arguments.operands) {
    absl::StatusOr<IdentityOrder> order = ParseOrder(typed);
    if (!order.ok()) return order.status();
    orders.push_back(*std::move(order));
  }
  const absl::StatusOr<int> days = DaysOf(context.arguments);
  if (!days.ok()) return days.status();
  return PrintDone(AuthorityOf(context).Issue(orders, *days), "Các thư mục định danh đã có đủ.",
                   "All identity folders are there.", context.console);
}

absl::StatusOr<int> Renew(const Context& context) {
  std::vector<Identity> identities;
  for (const std::string& typed : context.arguments.operands) {
    absl::StatusOr<Identity> identity = ParseName(typed);
    if (!identity.ok()) return identity.status();
    identities.push_back(*std::move(identity));
  }
  const absl::StatusOr<int> days = DaysOf(context.arguments);
  if (!days.ok()) return days.status();
  return PrintDone(AuthorityOf(context).Renew(identities, *days), "Chưa có chứng thư nào cần gia hạn.",
                   "No certificate is due.", context.console);
}

absl::StatusOr<int> Revoke(const Context& context) {
  const std::string reason = context.arguments.Get("reason");
  if (std::any_of(reason.begin(), reason.end(), [](char c) { return absl::ascii_iscntrl(c); })) {
    return UsageError("--reason phải là một dòng", "--reason must be one line");
  }
  std::vector<std::string> names;
  for (const std::string& typed : context.arguments.operands) names.push_back(absl::AsciiStrToLower(typed));
  return PrintDone(AuthorityOf(context).Revoke(names, reason), "Đã thu hồi từ trước, hoặc đã hết hạn.",
                   "Revoked before, or expired.", context.console);
}

absl::StatusOr<int> List(const Context& context) {
  const IssuedOr all = AuthorityOf(context).List();
  if (!all.ok()) return all.status();
  context.console.Print(IssuedTable(*all, context.console));
  return kExitDone;
}

}  // namespace

std::vector<Command> CertsCommands() {
  return {
      {"certs init",
       "[SERVICE=HOST:PORT…]",
       {"authority"},
       {},
       {"Tạo cơ quan cấp chứng thư riêng nếu chưa có, và ghi địa chỉ của các dịch vụ cho mọi thư mục định danh.",
        "Makes a private certificate authority unless it is there, and records addresses for all identity folders."},
       "giaoban certs init --authority authority directory=may-chu:7001 membership=may-chu:7002",
       Init},
      {"certs issue",
       "ROLE/NAME[=FOLDER]…",
       {"authority"},
       {"days"},
       {"Tạo mỗi định danh một thư mục identities/FOLDER (mặc định FOLDER là NAME) với khoá và chứng thư mới; thư mục "
        "còn dùng được thì giữ nguyên.",
        "Makes a folder identities/FOLDER (NAME unless given) with a new key and certificate for each identity; one "
        "that can still be used is kept."},
       "giaoban certs issue --authority authority service/membership office/quang-ninh chair/quang-ninh=cum-truong",
       Issue},
      {"certs renew",
       "[ROLE/NAME…]",
       {"authority"},
       {"days"},
       {"Gia hạn: chứng thư mới cho khoá cũ. Không ghi tên: mọi chứng thư ở một phần ba cuối thời hạn.",
        "New certificates for the same keys. Without names: all those in the last third of their life."},
       "giaoban certs renew --authority authority",
       Renew},
      {"certs revoke",
       "ROLE/NAME|SERIAL…",
       {"authority"},
       {"reason"},
       {"Thu hồi mọi chứng thư của một định danh, hoặc một chứng thư theo số hiệu. Chép revoked.pem đến các máy.",
        "Revokes all certificates of an identity, or one by its serial number. Copy revoked.pem to the machines."},
       "giaoban certs revoke --authority authority office/quang-ninh --reason \"mất máy\"",
       Revoke},
      {"certs list",
       "",
       {"authority"},
       {},
       {"Mọi chứng thư đã cấp và trạng thái.", "Every certificate ever issued, and its state."},
       "giaoban certs list --authority authority --format csv",
       List},
  };
}

}  // namespace giaoban::cli
