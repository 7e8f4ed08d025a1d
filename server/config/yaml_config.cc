#include "server/config/yaml_config.h"

#include <yaml-cpp/yaml.h>

#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"

namespace streampair {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kMostValues = 4'000'000;

// "RULE_ACTION_" of RuleAction: what the names of an enum's values begin with.
std::string PrefixOf(const EnumDescriptor& type) {
  std::string prefix;
  for (const char c : type.name()) {
    if (absl::ascii_isupper(c) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(c);
  }
  return prefix + '_';
}

const EnumValueDescriptor* FindValue(const EnumDescriptor& type, absl::string_view text) {
  const std::string name = absl::AsciiStrToUpper(text);
  if (const auto* value = type.FindValueByName(name)) return value;
  return type.FindValueByName(PrefixOf(type) + name);
}

std::string NamesOf(const EnumDescriptor& type) {
  std::string names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() == 0) continue;
    absl::StrAppend(
        &names, names.empty() ? "" : ", ",
        absl::AsciiStrToLower(absl::StripPrefix(type.value(i)->name(), PrefixOf(type))));
  }
  return names;
}

// Digits alone: SimpleAtoi takes signs and spaces as well.
template <typename Number>
bool ReadNumber(const std::string& text, Number& number) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos &&
         absl::SimpleAtoi(text, &number);
}

class Reader {
 public:
  explicit Reader(ConfigComplaints& complaints) : complaints_(complaints) {}

  void ReadMessage(const YAML::Node& node, const std::string& path, Message& message) {
    Note(node, path);
    if (!node.IsMap()) {
      if (!node.IsNull()) Refuse(node, path, "must be a map of fields");
      return;
    }
    absl::flat_hash_set<std::string> seen;
    for (const auto& item : node) {
      if (!Count(item.first)) return;
      const std::string key = item.first.IsScalar() ? item.first.Scalar() : "";
      const std::string inner = path.empty() ? key : absl::StrCat(path, ".", key);
      const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(key);
      if (field == nullptr) {
        Refuse(item.first, inner, "unknown field");
      } else if (!seen.insert(key).second) {
        Refuse(item.first, inner, "given twice");
      } else if (field->is_repeated()) {
        ReadList(item.second, inner, *field, message);
      } else if (!item.second.IsNull() || field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        // A message without fields is there all the same: "policy:" denies everything.
        ReadValue(item.second, inner, *field, message);
      }
    }
  }

 private:
  void ReadList(const YAML::Node& node, const std::string& path, const FieldDescriptor& field,
                Message& message) {
    Note(node, path);
    if (node.IsNull()) return;
    if (!node.IsSequence()) return Refuse(node, path, "must be a list");
    size_t i = 0;
    for (const auto& each : node) {
      ReadValue(each, absl::StrCat(path, "[", i++, "]"), field, message);
      if (full_) return;
    }
  }

  void ReadValue(const YAML::Node& node, const std::string& path, const FieldDescriptor& field,
                 Message& message) {
    if (!Count(node)) return;
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return ReadMessage(node, path,
                         field.is_repeated() ? *reflection.AddMessage(&message, &field)
                                             : *reflection.MutableMessage(&message, &field));
    }
    Note(node, path);
    if (!node.IsScalar()) return Refuse(node, path, "must be a single value");
    ReadScalar(node, path, field, message);
  }

  void ReadScalar(const YAML::Node& node, const std::string& path, const FieldDescriptor& field,
                  Message& message) {
    const Reflection& reflection = *message.GetReflection();
    const std::string& text = node.Scalar();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (field.is_repeated()) {
          reflection.AddString(&message, &field, text);
        } else {
          reflection.SetString(&message, &field, text);
        }
        return;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (text != "true" && text != "false") return Refuse(node, path, "must be true or false");
        return reflection.SetBool(&message, &field, text == "true");
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t number = 0;
        if (!ReadNumber(text, number)) return Refuse(node, path, "must be a whole number");
        return reflection.SetUInt32(&message, &field, number);
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        uint64_t number = 0;
        if (!ReadNumber(text, number)) return Refuse(node, path, "must be a whole number");
        return reflection.SetUInt64(&message, &field, number);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = FindValue(*field.enum_type(), text);
        if (value == nullptr || value->number() == 0) {
          return Refuse(node, path,
                        absl::StrCat("\"", text, "\" is none of ", NamesOf(*field.enum_type())));
        }
        if (field.is_repeated()) {
          reflection.AddEnum(&message, &field, value);
        } else {
          reflection.SetEnum(&message, &field, value);
        }
        return;
      }
      default:
        // The schema has no other types; a field of one is a fault of this program.
        return Refuse(node, path, "cannot be given in YAML by this version");
    }
  }

  // False once there is too much.
  bool Count(const YAML::Node& node) {
    if (full_) return false;
    if (++values_ <= kMostValues) return true;
    full_ = true;
    Refuse(node, "", absl::StrCat("more than ", kMostValues, " values"));
    return false;
  }

  void Note(const YAML::Node& node, const std::string& path) {
    if (!node.Mark().is_null()) {
      complaints_.Note(path, node.Mark().line + 1, node.Mark().column + 1);
    }
  }

  void Refuse(const YAML::Node& node, const std::string& path, absl::string_view message) {
    complaints_.AddAt(node.Mark().line + 1, node.Mark().column + 1, path, message);
  }

  ConfigComplaints& complaints_;
  size_t values_ = 0;
  bool full_ = false;
};

}  // namespace

void ReadYaml(const std::string& text, ConfigComplaints& complaints, Message& message) {
  try {  // yaml-cpp tells faults by exceptions; none leaves this function.
    const YAML::Node root = YAML::Load(text);
    Reader(complaints).ReadMessage(root, "", message);
  } catch (const YAML::Exception& exception) {
    complaints.AddAt(exception.mark.line + 1, exception.mark.column + 1, "", exception.msg);
  }
}

}  // namespace streampair
