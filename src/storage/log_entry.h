// Entries as the log's frames carry them: see docs/formats/log.md.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "storage/store.h"

namespace headrace::storage {

// Everything of an entry but the arena of its records, which follows it in the frame as it is.
std::string encode_entry_head(const Entry& entry);

// `encoded` is one whole entry: head and arena.
Result<Entry> decode_entry(std::string_view encoded);

}  // namespace headrace::storage
