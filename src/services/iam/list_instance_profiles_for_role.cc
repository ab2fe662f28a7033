// ListInstanceProfilesForRole: none: there are no instances here to have a profile.

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <utility>

#include "services/iam/iam.h"

namespace headrace::services::iam {
namespace {

// Declared for the model's sake: the list is always empty.
struct InstanceProfile {
  static constexpr auto shape =
      wire::structure(wire::refused("Path"), wire::refused("InstanceProfileName"),
                      wire::refused("InstanceProfileId"), wire::refused("Arn"),
                      wire::refused("CreateDate"), wire::refused("Roles"), wire::refused("Tags"));
};

struct Request {
  std::string role_name;
  std::optional<std::string> marker;
  std::optional<std::int32_t> max_items;
  static constexpr auto shape = wire::structure(
      wire::member<&Request::role_name>("RoleName", wire::required, kRoleNameLength,
                                        wire::pattern(kNamePattern)),
      wire::member<&Request::marker>("Marker", kMarkerLength, wire::pattern(kMarkerPattern)),
      wire::member<&Request::max_items>("MaxItems", kMaxItemsRange));
};

struct Response {
  std::vector<InstanceProfile> instance_profiles;
  bool is_truncated = false;
  std::optional<std::string> marker;
  static constexpr auto shape = wire::structure(
      wire::member<&Response::instance_profiles>("InstanceProfiles", wire::required),
      wire::member<&Response::is_truncated>("IsTruncated"),
      wire::member<&Response::marker>("Marker"));
};

boost::asio::awaitable<Result<Response>> handle(Iam& iam, Caller caller, Request request) {
  CO_RETURN_IF_ERROR(name_of_marker(request.marker));
  CO_RETURN_IF_ERROR(iam.identities.role(caller.account, request.role_name));
  co_return Response{};
}

}  // namespace

Operation list_instance_profiles_for_role(Iam& iam) {
  return operation<Request, Response>("ListInstanceProfilesForRole",
                                      "iam:ListInstanceProfilesForRole",
                                      std::bind_front(handle, std::ref(iam)));
}

}  // namespace headrace::services::iam
