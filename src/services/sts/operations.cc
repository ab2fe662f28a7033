#include "services/sts/sts.h"

namespace headrace::services::sts {

Operation get_caller_identity();

std::vector<Operation> operations() {
  return {
      get_caller_identity(),
  };
}

}  // namespace headrace::services::sts
