#include "producer/input.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>

#include "producer/rejected_file.h"

namespace headrace::producer {
namespace {

class InputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "headrace-input-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string file(const std::string& name, const std::string& content,
                   std::ios::openmode mode = std::ios::trunc) const {
    std::ofstream(root_ + "/" + name, mode) << content;
    return root_ + "/" + name;
  }

  Result<std::string> next(Input& input) {
    context_.restart();
    Result<std::string> piece = fail(ErrorCode::kInternal, "did not finish");
    boost::asio::co_spawn(context_, input.next(),
                          [&](std::exception_ptr, Result<std::string> p) { piece = std::move(p); });
    context_.run();
    return piece;
  }

  std::string root_;
  boost::asio::io_context context_{1};  // outlives the inputs, whose threads wake it
};

TEST_F(InputTest, files_follow_one_another) {
  Input input(
      {file("a", "one\n"), file("empty", ""), file("b", std::string(kPieceBytes + 1, 'x'))});
  EXPECT_EQ(*next(input), "one\n");
  EXPECT_EQ(next(input)->size(), kPieceBytes);
  EXPECT_EQ(*next(input), "x");
  EXPECT_EQ(*next(input), "");
}

TEST_F(InputTest, after_the_end_what_is_added_is_read_and_a_shorter_file_from_its_start) {
  const std::string path = file("a", "one\n");
  Input input({path});
  EXPECT_EQ(*next(input), "one\n");
  EXPECT_EQ(*next(input), "");
  file("a", "two\n", std::ios::app);
  EXPECT_EQ(*next(input), "two\n");
  file("a", "new\n");
  EXPECT_EQ(*next(input), "new\n");
  EXPECT_EQ(*next(input), "");
}

TEST_F(InputTest, a_missing_file_is_named) {
  Input input({root_ + "/none"});
  const auto piece = next(input);
  ASSERT_FALSE(piece);
  EXPECT_EQ(piece.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(piece.error().message, root_ + "/none: No such file or directory");
}

TEST_F(InputTest, stopping_ends_it_even_when_a_pipe_says_nothing) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  {
    Input input({"/dev/fd/" + std::to_string(ends[0])});
    input.stop();
    EXPECT_EQ(*next(input), "");
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(InputTest, rejected_records_are_kept_as_they_were_with_their_reasons_counted) {
  RejectedFile rejected(root_ + "/rejected");
  EXPECT_FALSE(rejected.used());
  EXPECT_FALSE(std::filesystem::exists(root_ + "/rejected"));
  rejected.add("one\n", "bad");
  rejected.add("two\n", "worse");
  rejected.add("three\n", "bad");
  ASSERT_TRUE(rejected.close());
  Input input({root_ + "/rejected"});
  EXPECT_EQ(*next(input), "one\ntwo\nthree\n");
  EXPECT_EQ(rejected.reasons().at("bad"), 2U);
}

TEST_F(InputTest, a_rejected_file_that_cannot_be_made_is_an_error) {
  RejectedFile rejected(root_ + "/no/such/directory");
  rejected.add("one\n", "bad");
  EXPECT_TRUE(rejected.used());
  EXPECT_FALSE(rejected.close());
}

}  // namespace
}  // namespace headrace::producer
