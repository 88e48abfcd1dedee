#include "services/shared/runtime/access_events.h"

#include <algorithm>
#include <utility>

namespace giaoban::runtime {
namespace {

// A caller may send any path and any user name; this much of either is kept.
constexpr size_t kMethodBytes = 200;
constexpr size_t kPersonBytes = 100;

// Not in the middle of a character.
void Cut(std::string& text, size_t bytes) {
  if (text.size() <= bytes) return;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  text.resize(bytes);
}

// Names are shown on terminals, which take orders from control characters: those of ASCII, and U+0080 to U+009F.
void Disarm(std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(text[at]); };
    if (byte(i) < ' ' || byte(i) == 0x7F) text[i] = '?';
    if (byte(i) == 0xC2 && i + 1 < text.size() && byte(i + 1) < 0xA0) text.replace(i, 2, "?");
  }
}

// A path is whatever bytes a caller sent.
std::string Visible(std::string path) {
  std::replace_if(
      path.begin(), path.end(), [](char c) { return c <= ' ' || c > '~'; }, '?');
  return path;
}

}  // namespace

void AccessEvents::Report(audit::v1::Event event, Recorded recorded) const {
  if (listener_) return listener_(std::move(event), std::move(recorded));
  if (recorded) recorded(absl::FailedPreconditionError("nobody keeps the audit log"));
}

audit::v1::Event AccessEvent(audit::v1::EventKind kind, const Caller& caller, const std::string& method,
                             std::string reason) {
  audit::v1::Event event;
  event.set_kind(kind);
  event.set_actor(caller.ToString());
  *event.mutable_origin() = caller.Origin();
  Cut(*event.mutable_origin()->mutable_person(), kPersonBytes);
  Disarm(*event.mutable_origin()->mutable_person());
  event.set_method(Visible(method.substr(0, kMethodBytes)));
  event.set_reason(std::move(reason));
  event.set_count(1);
  return event;
}

}  // namespace giaoban::runtime
