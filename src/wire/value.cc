#include "wire/value.h"

#include <unordered_set>
#include <utility>

namespace headrace::wire {

void drop_repeated(Value::Object& members) {
  std::unordered_set<std::string_view> seen;
  std::vector<bool> repeated(members.size());
  bool any = false;
  for (std::size_t i = members.size(); i-- > 0;) {
    repeated[i] = !seen.insert(members[i].key).second;
    any = any || repeated[i];
  }
  if (!any) return;
  Value::Object kept;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!repeated[i]) kept.push_back(std::move(members[i]));
  }
  members = std::move(kept);
}

}  // namespace headrace::wire
