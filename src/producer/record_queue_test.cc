#include "producer/record_queue.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace::producer {
namespace {

Record record(std::string key, std::string data, bool ordered = true) {
  return {.data = std::move(data), .key = std::move(key), .ordered = ordered};
}

std::vector<std::string> take(RecordQueue& queue, std::size_t count, std::size_t bytes = 1000) {
  std::vector<Record> taken;
  queue.take(count, bytes, taken);
  std::vector<std::string> data;
  for (const Record& each : taken) data.push_back(each.data);
  return data;
}

using Strings = std::vector<std::string>;

TEST(RecordQueueTest, one_record_of_a_key_is_out_at_a_time) {
  RecordQueue queue;
  for (const char* data : {"a1", "a2", "b1", "a3"}) queue.push(record({data[0]}, data));
  EXPECT_EQ(take(queue, 10), (Strings{"a1", "b1"}));
  EXPECT_EQ(queue.blocked(), 2U);
  EXPECT_EQ(take(queue, 10), Strings{});
  queue.done(record("a", "a1"));
  queue.push(record("a", "a4"));
  EXPECT_EQ(take(queue, 10), Strings{"a2"});
  queue.done(record("a", "a2"));
  EXPECT_EQ(take(queue, 10), Strings{"a3"});
  queue.done(record("a", "a3"));
  EXPECT_EQ(take(queue, 10), Strings{"a4"});
  queue.done(record("a", "a4"));
  queue.done(record("b", "b1"));
  EXPECT_EQ(queue.bytes(), 0U);
  queue.push(record("a", "a5"));
  EXPECT_EQ(take(queue, 10), Strings{"a5"});
}

TEST(RecordQueueTest, a_long_line_of_one_key_keeps_its_order) {
  RecordQueue queue;
  for (int i = 0; i < 1000; ++i) queue.push(record("k", std::to_string(i)));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(take(queue, 10), Strings{std::to_string(i)});
    queue.done(record("k", std::to_string(i)));
  }
  EXPECT_EQ(queue.ready() + queue.blocked() + queue.bytes(), 0U);
}

TEST(RecordQueueTest, taking_is_bounded_by_count_and_bytes_but_one_always_fits) {
  RecordQueue queue;
  for (int i = 0; i < 4; ++i) queue.push(record("k", std::string(9, 'x'), false));
  EXPECT_EQ(take(queue, 10, 25).size(), 2U);
  EXPECT_EQ(take(queue, 1, 25).size(), 1U);
  EXPECT_EQ(take(queue, 10, 3).size(), 1U);
}

}  // namespace
}  // namespace headrace::producer
