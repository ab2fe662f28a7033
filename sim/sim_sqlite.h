// SQLite on a SimDisk, so that the metadata database suffers what the log suffers.
#pragma once

#include "sim_disk.h"

namespace headrace::sim {

// Makes `disk` the one behind the SQLite VFS named kSimVfs (one at a time, one thread). Call again
// after SimDisk::crash(): shared memory does not survive either.
inline constexpr const char* kSimVfs = "headrace-sim";
void attach_sqlite(SimDisk& disk);

}  // namespace headrace::sim
