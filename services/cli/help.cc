#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "services/cli/commands.h"

namespace giaoban::cli {
namespace {

std::string Spelled(const Option& option) {
  return absl::StrCat("--", option.name, option.placeholder.empty() ? "" : " ", option.placeholder);
}

const Option& Find(absl::string_view name) {
  return *std::find_if(Options().begin(), Options().end(), [&](const Option& option) { return option.name == name; });
}

std::string Pick(const Words& words, const Console& console) { return console.In(words.vi, words.en); }

std::string Synopsis(const Command& command) {
  std::string line = absl::StrCat("giaoban ", command.name);
  if (!command.operands.empty()) absl::StrAppend(&line, " ", command.operands);
  for (absl::string_view name : command.required) absl::StrAppend(&line, " ", Spelled(Find(name)));
  for (absl::string_view name : command.optional) absl::StrAppend(&line, " [", Spelled(Find(name)), "]");
  return line;
}

void PrintOptions(const std::vector<absl::string_view>& names, const Console& console) {
  for (absl::string_view name : names) {
    const std::string spelled = Spelled(Find(name));
    const int space = std::max(2, 18 - DisplayWidth(spelled));
    console.out << "  " << spelled << std::string(space, ' ') << Pick(Find(name).help, console) << "\n";
  }
}

void PrintCommand(const Command& command, const Console& console) {
  console.out << Synopsis(command) << "\n\n" << Pick(command.help, console) << "\n\n";
  PrintOptions(command.required, console);
  PrintOptions(command.optional, console);
  console.out << "\n" << console.In("Ví dụ: ", "Example: ") << command.example << std::endl;
}

void PrintExitCodes(const Console& console) {
  console.out << console.In(
      "Mã kết thúc:\n"
      "  0  xong\n"
      "  1  nội dung không được nhận, có nêu các điểm cần xem lại\n"
      "  2  dùng sai lệnh, hoặc thư mục định danh hay tệp không dùng được\n"
      "  3  không có quyền, không tìm thấy, hoặc trái với những gì đã ghi\n"
      "  4  dịch vụ không trả lời: không kết nối được, quá hạn, quá tải hoặc gặp lỗi\n"
      "  5  dữ liệu không khớp với chữ ký\n",
      "Exit codes:\n"
      "  0  done\n"
      "  1  the content is refused; the findings say why\n"
      "  2  wrong usage, or an identity folder or file that cannot be used\n"
      "  3  not allowed, not found, or in conflict with what is recorded\n"
      "  4  no answer from the service: not reachable, too slow, overloaded or failing\n"
      "  5  what is stored is not what was signed\n");
}

constexpr Option kOptions[] = {
    {"identity",
     "DIR",
     {"thư mục định danh (hoặc biến môi trường GIAOBAN_IDENTITY)",
      "identity folder (or the environment variable GIAOBAN_IDENTITY)"}},
    {"lang", "vi|en", {"ngôn ngữ, mặc định vi", "language, vi by default"}},
    {"format", "F", {"text (mặc định), csv hoặc json", "text (the default), csv or json"}},
    {"timeout", "S", {"số giây chờ mỗi lần gọi, mặc định 10", "seconds to wait for each call, 10 by default"}},
    {"help", "", {"hướng dẫn", "this help"}},
    {"kind",
     "K",
     {"loại báo cáo: membership, training, inspection; với audit là loại sự kiện: denied, logged_in, log_in_refused, "
      "log_in_delayed",
      "report kind: membership, training, inspection; for audit the kind of event: denied, logged_in, "
      "log_in_refused, log_in_delayed"}},
    {"cluster", "C", {"mã cụm: dong-bac", "cluster id: dong-bac"}},
    {"period", "P", {"kỳ báo cáo: 2023-H1, 2023-H2", "half-year: 2023-H1, 2023-H2"}},
    {"bloc", "B", {"mã đơn vị: quang-ninh", "bloc id: quang-ninh"}},
    {"base",
     "N",
     {"bản (với draft: lần lưu) làm cơ sở; mặc định là bản hiện tại",
      "revision (for draft: version) this one is based on; the current one by default"}},
    {"revision", "N", {"số của bản", "number of the revision"}},
    {"accepted", "", {"bản đã chấp nhận", "the accepted revision"}},
    {"draft", "", {"bản nháp của mình", "one's own draft"}},
    {"from", "N", {"bản trước", "earlier revision"}},
    {"to", "N", {"bản sau", "later revision"}},
    {"hash", "HEX", {"mã băm của bản đã đọc, 64 chữ số", "hash of the revision that was read, 64 digits"}},
    {"reason", "TEXT", {"lý do", "reason"}},
    {"request-id",
     "ID",
     {"mã yêu cầu, để gửi lại cùng một yêu cầu; mặc định ngẫu nhiên",
      "request id, to repeat the very same request; random by default"}},
    {"basis",
     "accepted|submitted",
     {"tính theo bản đã chấp nhận (mặc định) hay bản mới gửi nhất (chỉ cụm trưởng)",
      "count accepted revisions (the default) or the latest submitted (the chair only)"}},
    {"blocs", "", {"thêm cột cho từng đơn vị", "a column for each bloc as well"}},
    {"after", "N", {"vị trí cuối cùng đã biết", "last position already known"}},
    {"past-only", "", {"dừng khi đã in hết những gì đã có", "stop when all there is has been printed"}},
    {"summary", "", {"theo dõi bảng tổng hợp", "follow the summary"}},
    {"data",
     "DIR",
     {"thư mục dữ liệu của các dịch vụ: mỗi <dịch vụ>.db cùng <dịch vụ>.key.pub",
      "data folder of the services: each <service>.db with its <service>.key.pub"}},
    {"database",
     "CONNINFO",
     {"cơ sở dữ liệu PostgreSQL của các dịch vụ, ví dụ \"host=/run/postgresql dbname=giaoban\"",
      "PostgreSQL database of the services, as in \"host=/run/postgresql dbname=giaoban\""}},
    {"back", "", {"từ PostgreSQL về tệp", "from PostgreSQL into files"}},
    {"receipts",
     "PATH",
     {"tệp biên nhận (từ --format json) hoặc thư mục chứa các tệp .json",
      "a file of receipts (from --format json), or a folder of .json files"}},
    {"open",
     "T",
     {"thời điểm mở: 2023-06-15, hoặc \"2023-06-15 08:00\" giờ Việt Nam, hoặc RFC 3339",
      "when it opens: 2023-06-15, or \"2023-06-15 08:00\" in Vietnam time, or RFC 3339"}},
    {"due", "T", {"hạn nộp; một ngày là đến hết ngày đó", "when it is due; a day means its end"}},
    {"close", "T", {"thời điểm đóng; một ngày là đến hết ngày đó", "when it closes; a day means its end"}},
    {"on", "DATE", {"ngày cần xem, mặc định hôm nay", "day asked about, today by default"}},
    {"as-of", "T", {"theo những gì đã biết đến thời điểm này", "as it was known at this moment"}},
    {"user", "U", {"tên đăng nhập", "user name"}},
    {"role", "R", {"vai trò: office, chair, operator", "role: office, chair, operator"}},
    {"date", "DATE", {"ngày có hiệu lực", "day from which it holds"}},
    {"authority",
     "DIR",
     {"thư mục của cơ quan cấp chứng thư, giữ ca.key: để ngoài máy chạy dịch vụ",
      "folder of the certificate authority, with ca.key: keep it off the machine that serves"}},
    {"days",
     "N",
     {"số ngày chứng thư có hiệu lực, từ 1 đến 397, mặc định 90",
      "days a certificate is valid, from 1 to 397, 90 by default"}},
    {"since", "T", {"từ thời điểm này", "from this moment on"}},
    {"until",
     "T",
     {"đến hết giây này; một ngày là đến hết ngày đó", "up to the end of this second; a day means its end"}},
    {"actor", "WHO", {"chứng chỉ của ai: office/quang-ninh", "whose certificate: office/quang-ninh"}},
    {"person", "NAME", {"tên đăng nhập", "user name"}},
    {"limit", "N", {"nhiều nhất bao nhiêu dòng, mặc định 100", "how many rows at most, 100 by default"}},
};

}  // namespace

const std::vector<Command>& Commands() {
  static const auto* const commands = [] {
    auto* all = new std::vector<Command>();
    for (auto* group : {CatalogueCommands, ReportCommands, DraftCommands, ReadCommands, ReviewCommands, SummaryCommands,
                        WatchCommands, VerifyCommands, StoreCommands, AuditCommands, PeriodCommands, ClusterCommands,
                        AccountCommands, CertsCommands}) {
      for (Command& command : group()) all->push_back(std::move(command));
    }
    return all;
  }();
  return *commands;
}

const std::vector<Option>& Options() {
  static const auto* const options = new std::vector<Option>(std::begin(kOptions), std::end(kOptions));
  return *options;
}

const std::vector<absl::string_view>& GlobalOptions() {
  static const auto* const names = new std::vector<absl::string_view>{"identity", "lang", "format", "timeout", "help"};
  return *names;
}

void PrintHelp(const Command* command, const Console& console) {
  if (command != nullptr) return PrintCommand(*command, console);
  console.out << console.In("giaoban: báo cáo, tổng hợp và giao ban cụm từ dòng lệnh\n\n",
                            "giaoban: reports, the cluster's summary and its briefing, from the command line\n\n");
  for (const Command& each : Commands()) {
    console.out << Synopsis(each) << "\n    " << Pick(each.help, console) << "\n    "
                << console.In("Ví dụ: ", "Example: ") << each.example << "\n";
  }
  console.out << "\n"
              << console.In("Tùy chọn chung, đặt ở đâu cũng được:", "Options of every command, anywhere on the line:")
              << "\n";
  PrintOptions(GlobalOptions(), console);
  console.out << "\n";
  PrintExitCodes(console);
  console.out.flush();
}

}  // namespace giaoban::cli
