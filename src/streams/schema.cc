// The tables of the streams domain (docs/formats/metadata.md).
#include "streams/streams.h"

namespace headrace::streams {
namespace {

constexpr const char* kFirst =
    "CREATE TABLE streams(id INTEGER PRIMARY KEY, account TEXT NOT NULL,"
    "  region TEXT NOT NULL, name TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    "  deleted_ms INTEGER NOT NULL, retention_h INTEGER NOT NULL,"
    "  horizon_ms INTEGER NOT NULL);"
    "CREATE UNIQUE INDEX streams_by_name ON streams(account, region, name)"
    "  WHERE deleted_ms=0;"
    "CREATE TABLE shards(stream INTEGER, shard INTEGER, starting_hash_key TEXT NOT NULL,"
    "  ending_hash_key TEXT NOT NULL, created_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(stream, shard)) WITHOUT ROWID;"
    "CREATE TABLE stream_tags(stream INTEGER, key TEXT, value TEXT NOT NULL,"
    "  PRIMARY KEY(stream, key)) WITHOUT ROWID;"
    "CREATE TABLE stream_ids(last INTEGER NOT NULL);"
    "INSERT INTO stream_ids VALUES(0);"
    "CREATE TABLE stream_secrets(purpose TEXT PRIMARY KEY, secret BLOB NOT NULL)";

// Lineage, settings, consumers, policies, sealing keys, and what counts against daily limits.
constexpr const char* kSecond =
    "ALTER TABLE shards ADD COLUMN parent INTEGER;"
    "ALTER TABLE shards ADD COLUMN adjacent_parent INTEGER;"
    "ALTER TABLE shards ADD COLUMN closed_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE streams ADD COLUMN on_demand INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE streams ADD COLUMN auto_distribution INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE streams ADD COLUMN record_kib_max INTEGER NOT NULL DEFAULT 1024;"
    "ALTER TABLE streams ADD COLUMN warm_mibps INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE streams ADD COLUMN shard_metrics INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE streams ADD COLUMN key_id TEXT NOT NULL DEFAULT '';"
    "CREATE TABLE stream_changes(stream INTEGER, kind INTEGER, at_ms INTEGER);"
    "CREATE INDEX stream_changes_by_stream ON stream_changes(stream);"
    "CREATE TABLE stream_keys(stream INTEGER, number INTEGER, key_id TEXT NOT NULL,"
    "  created_ms INTEGER NOT NULL, wrapped BLOB NOT NULL,"
    "  PRIMARY KEY(stream, number)) WITHOUT ROWID;"
    "CREATE TABLE consumers(stream INTEGER, name TEXT, created_ms INTEGER NOT NULL,"
    "  deleted_ms INTEGER NOT NULL, PRIMARY KEY(stream, name)) WITHOUT ROWID;"
    "CREATE TABLE consumer_tags(stream INTEGER, consumer TEXT, key TEXT, value TEXT NOT NULL,"
    "  PRIMARY KEY(stream, consumer, key)) WITHOUT ROWID;"
    "CREATE TABLE stream_policies(stream INTEGER, consumer TEXT, policy TEXT NOT NULL,"
    "  PRIMARY KEY(stream, consumer)) WITHOUT ROWID;"
    "CREATE TABLE stream_accounts(account TEXT, region TEXT, committed_ms INTEGER NOT NULL,"
    "  ended_ms INTEGER NOT NULL, PRIMARY KEY(account, region)) WITHOUT ROWID";

}  // namespace

storage::Schema schema() { return {.domain = "streams", .versions = {kFirst, kSecond}}; }

}  // namespace headrace::streams
