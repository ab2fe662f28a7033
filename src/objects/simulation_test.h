// An object store over a simulated disk, for tests here and in delivery.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/blocking_pool.h"
#include "io/manual_clock.h"
#include "objects/object_store.h"
#include "sim/sim_disk.h"
#include "sim/sim_sqlite.h"
#include "storage/store.h"

namespace headrace::objects {

// One call at a time: while it waits for the pool, nothing else touches the disk.
class SimulatedObjects {
 public:
  explicit SimulatedObjects(std::uint64_t seed) : random_(seed), disk_(seed * 7919 + 1) {}

  void add_schema(storage::Schema schema) { schemas_.push_back(std::move(schema)); }
  void set_reserve(std::uint64_t bytes) { reserve_bytes_ = bytes; }

  // False when the power failed meanwhile.
  bool open() {
    sim::attach_sqlite(disk_);
    storage::Store::Options o;
    o.directory = "/data";
    o.commit_threads = 0;
    o.log_bytes_max = 8 << 20;
    o.segment_bytes_max = 64 << 10;
    o.tail_bytes_max = 32 << 10;
    o.reserve_bytes = reserve_bytes_;
    o.sqlite_vfs = sim::kSimVfs;
    o.on_fatal = [](const Error&) {};
    o.schemas = schemas_;
    auto store = storage::Store::open(disk_, clock_, std::move(o));
    if (!store) {
      EXPECT_TRUE(disk_.dead()) << store.error().message;
      return false;
    }
    store_ = std::move(*store);
    objects_.emplace(*store_, clock_, random_, pool_);
    return true;
  }

  void close() {
    objects_.reset();
    store_.reset();
  }

  void crash_and_open() {
    close();
    disk_.crash();
    ASSERT_TRUE(open());
  }

  template <typename T>
  T run(boost::asio::awaitable<T> call) {
    std::optional<T> result;
    boost::asio::co_spawn(context_, keep(std::move(call), &result), boost::asio::detached);
    while (!result) {
      context_.restart();
      context_.poll();
      store_->pump();
    }
    return std::move(*result);
  }

  Result<Object> put(const std::string& bucket, const std::string& key, std::string_view bytes,
                     WriteConditions conditions = {}, Attributes attributes = {}) {
    Ingest ingest = objects_->ingest();
    RETURN_IF_ERROR(run(ingest.append(bytes)));
    RETURN_IF_ERROR(run(ingest.finish()));
    return run(objects_->put(bucket, key, ingest, std::move(attributes), std::nullopt,
                             std::move(conditions)));
  }

  Result<Part> put_part(const Upload& upload, std::uint32_t number, std::string_view bytes) {
    Ingest ingest = objects_->ingest();
    if (upload.algorithm) ingest.compute(*upload.algorithm);
    RETURN_IF_ERROR(run(ingest.append(bytes)));
    RETURN_IF_ERROR(run(ingest.finish()));
    std::optional<Checksum> checksum;
    if (upload.algorithm) {
      checksum = Checksum{*upload.algorithm, ingest.checksum(*upload.algorithm)};
    }
    return run(objects_->put_part(upload.bucket, upload.key, upload.id, number, ingest,
                                  std::move(checksum)));
  }

  Result<std::string> read(Object object) {
    const std::uint64_t size = object.size;
    return run(objects_->read(std::make_shared<const Object>(std::move(object)), 0, size));
  }

  Result<std::string> get(const std::string& bucket, const std::string& key) {
    ASSIGN_OR_RETURN(Object object, objects_->find(bucket, key));
    return read(std::move(object));
  }

  // Blob files that no row accounts for, and those that rows miss.
  void expect_no_leaks() {
    while (garbage_rows() > 0) ASSERT_TRUE(store_->collect_garbage());
    std::set<std::uint64_t> named;
    std::uint64_t live = 0;
    for (const char* sql : {"SELECT extents FROM objects", "SELECT extents FROM parts"}) {
      ASSERT_TRUE(store_->metadata().query(sql, {}, [&](const storage::Row& row) {
        const auto extents = storage::decode_extents(row.view(0));
        EXPECT_TRUE(extents.has_value());
        for (const storage::Extent& extent : *extents) {
          if (extent.volume == 0) named.insert(extent.id);
          if (extent.volume != 0) live += extent.size;
        }
        return true;
      }));
    }
    std::set<std::uint64_t> files;
    for (const std::string& name : disk_.list("/data/blobs").value()) {
      if (name.ends_with(".blob")) files.insert(std::stoull(name, nullptr, 16));
    }
    EXPECT_EQ(files, named);
    std::uint64_t accounted = 0;
    ASSERT_TRUE(store_->metadata().query("SELECT sum(live) FROM storage_volumes", {},
                                         [&](const storage::Row& row) {
                                           accounted = static_cast<std::uint64_t>(row.integer(0));
                                           return true;
                                         }));
    EXPECT_EQ(accounted, live);
  }

  ObjectStore& objects() { return *objects_; }
  storage::Store& store() { return *store_; }
  sim::SimDisk& disk() { return disk_; }
  io::ManualClock& clock() { return clock_; }
  SeededRandom& random() { return random_; }
  io::BlockingPool& pool() { return pool_; }

 private:
  template <typename T>
  static boost::asio::awaitable<void> keep(boost::asio::awaitable<T> call,
                                           std::optional<T>* result) {
    *result = co_await std::move(call);
  }

  std::size_t garbage_rows() {
    std::size_t rows = 0;
    EXPECT_TRUE(store_->metadata().query("SELECT n FROM garbage", {}, [&](const storage::Row&) {
      ++rows;
      return true;
    }));
    return rows;
  }

  boost::asio::io_context context_;  // threads that wake it may still be leaving: it goes last
  SeededRandom random_;
  sim::SimDisk disk_;
  io::ManualClock clock_;
  io::BlockingPool pool_{1};
  std::uint64_t reserve_bytes_ = 0;
  std::vector<storage::Schema> schemas_ = {schema()};
  std::unique_ptr<storage::Store> store_;
  std::optional<ObjectStore> objects_;
};

}  // namespace headrace::objects
