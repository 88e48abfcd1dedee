// Mutation that knows the contract: inputs whose parts are messages change field by field, so that what is tried
// next can still be read and gets past the parser.
#ifndef GIAOBAN_FUZZ_MUTATE_H_
#define GIAOBAN_FUZZ_MUTATE_H_

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/fuzz.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace giaoban::fuzz {

using MessagePointer = std::unique_ptr<google::protobuf::Message>;

// What a target says of its inputs.
struct Plan {
  // An empty message of the type of a part; null for plain bytes.
  std::function<MessagePointer(const Parts& parts, size_t index)> message_of;
  // Texts worth trying: ids, codes, half-years.
  std::vector<std::string> words = {};
  // So many parts have a place of their own. Behind them parts come and go, if there are any.
  size_t fixed = 0;
  bool loose = true;
  // What a field of type bytes holds, where that is a message again.
  std::function<MessagePointer(const google::protobuf::FieldDescriptor&)> inside =
      [](const google::protobuf::FieldDescriptor&) { return nullptr; };
};

class Mutator {
 public:
  Mutator(const Plan& plan, unsigned seed) : plan_(plan), random_(seed) {}

  void Mutate(Parts& parts) {
    parts.resize(std::max(parts.size(), plan_.fixed));
    const size_t loose = parts.size() - plan_.fixed;
    if (parts.empty() || (plan_.loose && OneIn(4))) return Rearrange(parts, loose);
    const size_t index = Pick(parts.size());
    const MessagePointer message = plan_.message_of(parts, index);
    // A part that is not a message is an empty one from now on, or stays what it is.
    if (message == nullptr || (OneIn(20) && !parts[index].empty())) return MutateBytes(parts[index]);
    message->ParsePartialFromString(parts[index]);
    Mutate(*message);
    parts[index] = message->SerializePartialAsString();
  }

  void Mutate(google::protobuf::Message& message) {
    const int fields = message.GetDescriptor()->field_count();
    if (fields == 0) return;
    const Field& field = *message.GetDescriptor()->field(static_cast<int>(Pick(fields)));
    if (field.is_repeated()) return MutateRepeated(message, field);
    if (OneIn(8)) return message.GetReflection()->ClearField(&message, &field);
    Set(message, field, -1);
  }

 private:
  using Field = google::protobuf::FieldDescriptor;
  static constexpr size_t kMostParts = 40;

  size_t Pick(size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random_); }
  bool OneIn(size_t count) { return Pick(count) == 0; }

  // Adds, takes out, doubles or moves a loose part.
  void Rearrange(Parts& parts, size_t loose) {
    const size_t first = plan_.fixed + (loose == 0 ? 0 : Pick(loose));
    const size_t second = plan_.fixed + (loose == 0 ? 0 : Pick(loose));
    if (loose == 0 || OneIn(4)) {
      parts.emplace_back();
    } else if (OneIn(3)) {
      parts.erase(parts.begin() + static_cast<ptrdiff_t>(first));
    } else if (OneIn(2) && parts.size() < kMostParts) {
      parts.push_back(parts[first]);
    } else {
      std::swap(parts[first], parts[second]);
    }
  }

  void MutateRepeated(google::protobuf::Message& message, const Field& field) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, &field);
    const int at = size == 0 ? 0 : static_cast<int>(Pick(size));
    if (size > 0 && OneIn(4)) {
      reflection.SwapElements(&message, &field, at, size - 1);
      reflection.RemoveLast(&message, &field);
    } else if (size > 0 && OneIn(2)) {
      Set(message, field, at);
    } else {
      Add(message, field);
    }
  }

  void Add(google::protobuf::Message& message, const Field& field) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return Mutate(*reflection.AddMessage(&message, &field));
      case Field::CPPTYPE_STRING:
        return reflection.AddString(&message, &field, Text(field, ""));
      default:
        return;  // the contract repeats no numbers
    }
  }

  // Changes a field; `at` is the element of a repeated one.
  void Set(google::protobuf::Message& message, const Field& field, int at) {
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return Mutate(*(at < 0 ? reflection.MutableMessage(&message, &field)
                               : reflection.MutableRepeatedMessage(&message, &field, at)));
      case Field::CPPTYPE_STRING:
        if (at < 0) return reflection.SetString(&message, &field, Text(field, reflection.GetString(message, &field)));
        return reflection.SetRepeatedString(&message, &field, at,
                                            Text(field, reflection.GetRepeatedString(message, &field, at)));
      case Field::CPPTYPE_INT64:
        return reflection.SetInt64(&message, &field, Number(reflection.GetInt64(message, &field)));
      case Field::CPPTYPE_INT32:
        return reflection.SetInt32(&message, &field,
                                   static_cast<int32_t>(Number(reflection.GetInt32(message, &field))));
      case Field::CPPTYPE_BOOL:
        return reflection.SetBool(&message, &field, OneIn(2));
      case Field::CPPTYPE_ENUM: {
        const int values = field.enum_type()->value_count();
        return reflection.SetEnumValue(
            &message, &field, OneIn(10) ? 99 : field.enum_type()->value(static_cast<int>(Pick(values)))->number());
      }
      default:
        return;  // the contract has no other types
    }
  }

  int64_t Number(int64_t old) {
    constexpr int64_t kEdges[] = {0,
                                  1,
                                  -1,
                                  100,
                                  10'000,
                                  1'000'000'000,
                                  1'000'000'000'000,
                                  1'000'000'000'000'000,
                                  std::numeric_limits<int64_t>::max(),
                                  std::numeric_limits<int64_t>::min()};
    if (OneIn(3)) return kEdges[Pick(std::size(kEdges))];
    const auto near = static_cast<uint64_t>(old) + Pick(21) - 10;  // unsigned, so that it wraps
    return OneIn(3) ? static_cast<int64_t>(Pick(300)) : static_cast<int64_t>(near);
  }

  std::string Text(const Field& field, const std::string& old) {
    if (const MessagePointer inside = plan_.inside(field); inside != nullptr) {
      inside->ParsePartialFromString(old);
      Mutate(*inside);
      return inside->SerializePartialAsString();
    }
    if (!plan_.words.empty() && !OneIn(4)) return plan_.words[Pick(plan_.words.size())];
    std::string text = old;
    MutateBytes(text);
    // Text that is not UTF-8 would make the whole message unreadable.
    if (field.type() == Field::TYPE_STRING) {
      for (char& byte : text) byte = static_cast<char>(byte & 0x7f);
    }
    return text;
  }

  static void MutateBytes(std::string& bytes) {
    const size_t size = bytes.size();
    bytes.resize(size + 16);
    bytes.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(bytes.data()), size, bytes.size()));
  }

  const Plan& plan_;
  std::minstd_rand random_;
};

// What the parser says of broken messages is of no use here.
inline const auto kQuiet = google::protobuf::SetLogHandler(nullptr);

// The body of a target's LLVMFuzzerCustomMutator.
inline size_t MutateParts(const Plan& plan, uint8_t* data, size_t size, size_t max_size, unsigned seed) {
  Parts parts = Split(data, size);
  Mutator(plan, seed).Mutate(parts);
  const std::string input = Join(parts);
  if (input.empty() || input.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::copy(input.begin(), input.end(), data);
  return input.size();
}

}  // namespace giaoban::fuzz

#endif  // GIAOBAN_FUZZ_MUTATE_H_
