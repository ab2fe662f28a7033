#include "streams/rows.h"

#include <map>
#include <string>
#include <utility>

namespace headrace::streams {
namespace {

using storage::Mutation;
using storage::SqlValue;

std::int64_t integer(std::uint64_t value) { return static_cast<std::int64_t>(value); }

SqlValue index_or_null(const std::optional<ShardId>& shard) {
  if (!shard) return std::monostate{};
  return std::int64_t{shard->index};
}

std::optional<ShardId> shard_or_none(const storage::Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return ShardId{static_cast<std::uint32_t>(row.integer(column))};
}

using Changes = std::vector<std::pair<CountedChange, std::int64_t>>;

Result<std::map<std::uint64_t, std::vector<Shard>>> load_shards(storage::Metadata& metadata) {
  std::map<std::uint64_t, std::vector<Shard>> shards;
  bool good = true;
  RETURN_IF_ERROR(metadata.query(
      "SELECT stream, shard, starting_hash_key, ending_hash_key, created_ms, parent,"
      " adjacent_parent, closed_ms FROM shards ORDER BY stream, shard",
      {}, [&](const storage::Row& row) {
        const auto starting = HashKey::parse(row.view(2));
        const auto ending = HashKey::parse(row.view(3));
        std::vector<Shard>& list = shards[static_cast<std::uint64_t>(row.integer(0))];
        good = starting && ending && row.integer(1) == integer(list.size());
        if (!good) return false;
        list.push_back({.id = ShardId{static_cast<std::uint32_t>(row.integer(1))},
                        .range = {*starting, *ending},
                        .created_ms = row.integer(4),
                        .parent = shard_or_none(row, 5),
                        .adjacent_parent = shard_or_none(row, 6),
                        .closed_ms = row.integer(7)});
        return true;
      }));
  if (!good) return fail(ErrorCode::kCorruption, "the table of shards does not make sense");
  return shards;
}

Result<std::map<std::uint64_t, Changes>> load_changes(storage::Metadata& metadata) {
  std::map<std::uint64_t, Changes> changes;
  RETURN_IF_ERROR(metadata.query(
      "SELECT stream, kind, at_ms FROM stream_changes", {}, [&](const storage::Row& row) {
        const auto kind = static_cast<CountedChange>(row.integer(1));
        changes[static_cast<std::uint64_t>(row.integer(0))].emplace_back(kind, row.integer(2));
        return true;
      }));
  return changes;
}

Result<std::map<std::uint64_t, std::vector<DataKeyRow>>> load_data_keys(
    storage::Metadata& metadata) {
  std::map<std::uint64_t, std::vector<DataKeyRow>> keys;
  RETURN_IF_ERROR(
      metadata.query("SELECT stream, number, key_id, created_ms, wrapped FROM stream_keys", {},
                     [&](const storage::Row& row) {
                       keys[static_cast<std::uint64_t>(row.integer(0))].push_back(
                           {.number = static_cast<storage::Mark>(row.integer(1)),
                            .key_id = row.text(2),
                            .created_ms = row.integer(3),
                            .wrapped = row.text(4)});
                       return true;
                     }));
  return keys;
}

StreamSettings settings_of(const storage::Row& row, int from) {
  return {.retention_hours = static_cast<std::int32_t>(row.integer(from)),
          .horizon_ms = row.integer(from + 1),
          .mode = row.integer(from + 2) != 0 ? StreamMode::kOnDemand : StreamMode::kProvisioned,
          .distribution =
              row.integer(from + 3) != 0 ? Distribution::kAuto : Distribution::kPartitionKey,
          .record_kib_max = static_cast<std::int32_t>(row.integer(from + 4)),
          .warm_mibps = static_cast<std::int32_t>(row.integer(from + 5)),
          .shard_metrics = static_cast<std::uint32_t>(row.integer(from + 6)),
          .key_id = row.text(from + 7)};
}

void append_settings(std::vector<SqlValue>& values, const StreamSettings& settings) {
  values.insert(values.end(),
                {std::int64_t{settings.retention_hours}, settings.horizon_ms,
                 std::int64_t{settings.mode == StreamMode::kOnDemand},
                 std::int64_t{settings.distribution == Distribution::kAuto},
                 std::int64_t{settings.record_kib_max}, std::int64_t{settings.warm_mibps},
                 std::int64_t{settings.shard_metrics}, settings.key_id});
}

}  // namespace

Result<std::vector<Stream::Row>> load_streams(storage::Metadata& metadata) {
  ASSIGN_OR_RETURN(auto shards, load_shards(metadata));
  ASSIGN_OR_RETURN(auto changes, load_changes(metadata));
  ASSIGN_OR_RETURN(auto data_keys, load_data_keys(metadata));
  std::vector<Stream::Row> rows;
  bool good = true;
  RETURN_IF_ERROR(metadata.query(
      "SELECT id, account, region, name, created_ms, deleted_ms, retention_h, horizon_ms,"
      " on_demand, auto_distribution, record_kib_max, warm_mibps, shard_metrics, key_id"
      " FROM streams",
      {}, [&](const storage::Row& row) {
        auto name = StreamName::parse(row.view(3));
        const auto id = static_cast<std::uint64_t>(row.integer(0));
        good = name && shards.contains(id);
        if (!good) return false;
        rows.push_back({.id = id,
                        .key = {row.text(1), row.text(2), std::move(*name)},
                        .created_ms = row.integer(4),
                        .deleted_ms = row.integer(5),
                        .settings = settings_of(row, 6),
                        .shards = std::move(shards[id]),
                        .changes = std::move(changes[id]),
                        .data_keys = std::move(data_keys[id])});
        return true;
      }));
  if (!good) return fail(ErrorCode::kCorruption, "the table of streams does not make sense");
  return rows;
}

Mutation insert_stream(const Stream::Row& row) {
  std::vector<SqlValue> values = {integer(row.id), row.key.account, row.key.region,
                                  row.key.name.text(), row.created_ms};
  append_settings(values, row.settings);
  return {
      "INSERT OR IGNORE INTO streams(id, account, region, name, created_ms, deleted_ms,"
      " retention_h, horizon_ms, on_demand, auto_distribution, record_kib_max, warm_mibps,"
      " shard_metrics, key_id) VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      std::move(values), true};
}

Mutation insert_shard(std::uint64_t stream, const Shard& shard) {
  return {
      "INSERT INTO shards(stream, shard, starting_hash_key, ending_hash_key, created_ms, parent,"
      " adjacent_parent, closed_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      {integer(stream), std::int64_t{shard.id.index}, shard.range.starting.text(),
       shard.range.ending.text(), shard.created_ms, index_or_null(shard.parent),
       index_or_null(shard.adjacent_parent), shard.closed_ms}};
}

Mutation close_shard(std::uint64_t stream, ShardId shard, std::int64_t closed_ms) {
  return {"UPDATE shards SET closed_ms=?3 WHERE stream=?1 AND shard=?2",
          {integer(stream), std::int64_t{shard.index}, closed_ms}};
}

Mutation update_settings(std::uint64_t stream, const StreamSettings& settings) {
  std::vector<SqlValue> values = {integer(stream)};
  append_settings(values, settings);
  return {
      "UPDATE streams SET retention_h=?2, horizon_ms=?3, on_demand=?4, auto_distribution=?5,"
      " record_kib_max=?6, warm_mibps=?7, shard_metrics=?8, key_id=?9"
      " WHERE id=?1 AND deleted_ms=0",
      std::move(values), true};
}

Mutation insert_change(std::uint64_t stream, CountedChange kind, std::int64_t at_ms) {
  return {"INSERT INTO stream_changes VALUES(?1, ?2, ?3)",
          {integer(stream), static_cast<std::int64_t>(kind), at_ms}};
}

Mutation forget_changes(std::uint64_t stream, std::int64_t before_ms) {
  return {"DELETE FROM stream_changes WHERE stream=?1 AND at_ms < ?2",
          {integer(stream), before_ms}};
}

std::vector<Mutation> delete_data_keys(std::uint64_t stream,
                                       const std::vector<storage::Mark>& numbers) {
  std::vector<Mutation> mutations;
  mutations.reserve(numbers.size() + 1);
  for (const storage::Mark number : numbers) {
    mutations.push_back({"DELETE FROM stream_keys WHERE stream=?1 AND number=?2",
                         {integer(stream), std::int64_t{number}}});
  }
  return mutations;
}

std::vector<Mutation> insert_data_key(std::uint64_t stream, const DataKeys::Made& made) {
  std::vector<Mutation> mutations = delete_data_keys(stream, made.outlived);
  mutations.push_back({"INSERT INTO stream_keys VALUES(?1, ?2, ?3, ?4, ?5)",
                       {integer(stream), std::int64_t{made.row.number}, made.row.key_id,
                        made.row.created_ms, Bytes(made.row.wrapped)}});
  return mutations;
}

std::vector<Mutation> delete_rows(std::uint64_t stream) {
  std::vector<Mutation> mutations;
  mutations.push_back({"DELETE FROM streams WHERE id=?1", {integer(stream)}});
  for (const char* table : {"shards", "stream_tags", "stream_changes", "stream_keys", "consumers",
                            "consumer_tags", "stream_policies"}) {
    mutations.push_back(
        {std::string("DELETE FROM ") + table + " WHERE stream=?1", {integer(stream)}});
  }
  return mutations;
}

}  // namespace headrace::streams
