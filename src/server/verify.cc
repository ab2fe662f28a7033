#include "server/verify.h"

#include <utility>

#include "io/posix_disk.h"
#include "io/system_clock.h"
#include "objects/verify.h"
#include "server/domains.h"
#include "storage/store.h"

namespace headrace::server {

Result<Verification> verify(const std::string& data_dir) {
  io::PosixDisk disk;
  io::SystemClock clock;
  if (!disk.exists(data_dir + "/headrace.db")) {
    return fail(ErrorCode::kNotFound, data_dir + " is no data directory: it has no headrace.db");
  }
  storage::Store::Options options;
  options.directory = data_dir;
  options.schemas = schemas();
  ASSIGN_OR_RETURN(const auto store, storage::Store::open(disk, clock, std::move(options)));
  Verification found;
  found.damage = store->damage();
  RETURN_IF_ERROR(
      store->metadata().query("PRAGMA integrity_check", {}, [&](const storage::Row& row) {
        if (row.view(0) != "ok") found.damage.push_back(data_dir + "/headrace.db: " + row.text(0));
        return true;
      }));
  ASSIGN_OR_RETURN(std::vector<std::string> records, store->records().verify(&found.record_bytes));
  ASSIGN_OR_RETURN(objects::Verified objects, objects::verify(*store));
  found.objects = objects.objects;
  found.object_bytes = objects.bytes;
  for (auto* more : {&records, &objects.damage}) {
    for (std::string& line : *more) found.damage.push_back(std::move(line));
  }
  return found;
}

}  // namespace headrace::server
