#include "services/iam/iam.h"

namespace headrace::services::iam {

Operation create_role(Iam& iam);
Operation delete_role(Iam& iam);
Operation delete_role_policy(Iam& iam);
Operation get_role(Iam& iam);
Operation get_role_policy(Iam& iam);
Operation get_user(Iam& iam);
Operation list_attached_role_policies(Iam& iam);
Operation list_instance_profiles_for_role(Iam& iam);
Operation list_role_policies(Iam& iam);
Operation list_role_tags(Iam& iam);
Operation list_roles(Iam& iam);
Operation put_role_policy(Iam& iam);
Operation tag_role(Iam& iam);
Operation untag_role(Iam& iam);
Operation update_assume_role_policy(Iam& iam);
Operation update_role(Iam& iam);

std::vector<Operation> operations(Iam& iam) {
  return {
      create_role(iam),
      delete_role(iam),
      delete_role_policy(iam),
      get_role(iam),
      get_role_policy(iam),
      get_user(iam),
      list_attached_role_policies(iam),
      list_instance_profiles_for_role(iam),
      list_role_policies(iam),
      list_role_tags(iam),
      list_roles(iam),
      put_role_policy(iam),
      tag_role(iam),
      untag_role(iam),
      update_assume_role_policy(iam),
      update_role(iam),
  };
}

}  // namespace headrace::services::iam
