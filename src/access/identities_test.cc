#include "access/identities.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <memory>

#include "io/manual_clock.h"
#include "sim/sim_disk.h"
#include "sim/sim_sqlite.h"

namespace headrace::access {
namespace {

constexpr WallTime kCreated{1'767'225'600'000};
const std::string kAccount = "000000000000";

class IdentitiesTest : public testing::Test {
 protected:
  IdentitiesTest() { open(); }
  ~IdentitiesTest() override { store_.reset(); }

  void open() {
    sim::attach_sqlite(disk_);
    storage::Store::Options options;
    options.directory = "data";
    options.log_bytes_max = 16U << 20;
    options.reserve_bytes = 0;
    options.commit_threads = 0;
    options.schemas = {schema()};
    options.sqlite_vfs = sim::kSimVfs;
    auto store = storage::Store::open(disk_, clock_, std::move(options));
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    identities_ = std::make_unique<Identities>(*store_);
  }

  Status run(boost::asio::awaitable<Status> call) {
    boost::asio::io_context context;
    Status result = fail(ErrorCode::kInternal, "did not finish");
    boost::asio::co_spawn(context, std::move(call),
                          [&](std::exception_ptr, Status s) { result = std::move(s); });
    do {
      context.restart();
      context.poll();
    } while (store_->pump());
    context.restart();
    context.poll();
    return result;
  }

  static Role role(std::string name, std::string id = "AROAAAAAAAAAAAAAAAAA2") {
    return {.id = std::move(id),
            .account = kAccount,
            .name = std::move(name),
            .trust_policy = R"({"Statement":[]})",
            .created = kCreated};
  }

  sim::SimDisk disk_{3};
  io::ManualClock clock_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Identities> identities_;
};

TEST_F(IdentitiesTest, a_role_is_found_as_it_was_made_also_after_a_crash) {
  Role made = role("delivery");
  made.path = "/team/";
  made.description = "writes";
  made.max_session_s = 7200;
  made.tags = {{"Owner", "me"}, {"stage", ""}};
  ASSERT_TRUE(run(identities_->create_role(made)));
  disk_.crash();
  store_.reset();
  open();
  const auto found = identities_->role(kAccount, "delivery");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->arn(), "arn:aws:iam::000000000000:role/team/delivery");
  EXPECT_EQ(found->id, "AROAAAAAAAAAAAAAAAAA2");
  EXPECT_EQ(found->trust_policy, R"({"Statement":[]})");
  EXPECT_EQ(found->description, "writes");
  EXPECT_EQ(found->max_session_s, 7200);
  EXPECT_EQ(found->created, kCreated);
  EXPECT_EQ(found->tags, (Tags{{"Owner", "me"}, {"stage", ""}}));
}

TEST_F(IdentitiesTest, names_differ_in_more_than_case_within_an_account) {
  ASSERT_TRUE(run(identities_->create_role(role("Delivery"))));
  const Status again = run(identities_->create_role(role("delivery", "AROAAAAAAAAAAAAAAAAA3")));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(again.error().message, "Role with name delivery already exists.");
  Role elsewhere = role("delivery", "AROAAAAAAAAAAAAAAAAA4");
  elsewhere.account = "111111111111";
  EXPECT_TRUE(run(identities_->create_role(elsewhere)));
  EXPECT_EQ(identities_->role(kAccount, "delivery").error().code, ErrorCode::kNotFound);
}

TEST_F(IdentitiesTest, listing_pages_in_name_order_below_a_path) {
  for (const char* name : {"c", "a", "b", "d"}) {
    Role made = role(name, std::string("AROAAAAAAAAAAAAAAAA") + name);
    made.path = *name == 'd' ? "/other/" : "/team/";
    ASSERT_TRUE(run(identities_->create_role(made)));
  }
  const auto first = identities_->roles(kAccount, "/team/", "", 2);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ((*first)[0].name, "a");
  EXPECT_EQ((*first)[1].name, "b");
  const auto rest = identities_->roles(kAccount, "/team/", "b", 2);
  ASSERT_TRUE(rest);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ((*rest)[0].name, "c");
}

TEST_F(IdentitiesTest, a_role_with_policies_is_not_deleted) {
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "p", "{ \"Statement\": [] }")));
  const Status refused = run(identities_->delete_role(kAccount, "r"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInUse);
  EXPECT_EQ(refused.error().message, "Cannot delete entity, must delete policies first.");
  EXPECT_EQ(*identities_->role_policy(kAccount, "r", "p"), "{ \"Statement\": [] }");
  ASSERT_TRUE(run(identities_->delete_role_policy(kAccount, "r", "p")));
  ASSERT_TRUE(run(identities_->delete_role(kAccount, "r")));
  EXPECT_EQ(run(identities_->delete_role(kAccount, "r")).error().message,
            "The role with name r cannot be found.");
}

TEST_F(IdentitiesTest, a_new_role_of_an_old_name_has_nothing_of_the_old_one) {
  Role made = role("r");
  made.tags = {{"k", "v"}};
  ASSERT_TRUE(run(identities_->create_role(made)));
  ASSERT_TRUE(run(identities_->delete_role(kAccount, "r")));
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  EXPECT_TRUE(identities_->role(kAccount, "r")->tags.empty());
}

TEST_F(IdentitiesTest, policies_are_replaced_listed_and_removed) {
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "b", "1")));
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "a", "2")));
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "b", "3")));
  EXPECT_EQ(*identities_->role_policies(kAccount, "r"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(*identities_->role_policy(kAccount, "r", "b"), "3");
  EXPECT_EQ(identities_->role_policy(kAccount, "r", "c").error().message,
            "The role policy with name c cannot be found.");
  EXPECT_EQ(run(identities_->delete_role_policy(kAccount, "r", "c")).error().message,
            "The role policy with name c cannot be found.");
  EXPECT_EQ(run(identities_->put_role_policy(kAccount, "s", "a", "1")).error().message,
            "The role with name s cannot be found.");
}

TEST_F(IdentitiesTest, inline_policies_are_bounded_together_without_white_space) {
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  const std::string half = std::string(5120, 'x') + std::string(5000, ' ');
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "a", half)));
  ASSERT_TRUE(run(identities_->put_role_policy(kAccount, "r", "b", half)));
  const Status refused = run(identities_->put_role_policy(kAccount, "r", "c", "x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(refused.error().message, "Maximum policy size of 10240 bytes exceeded for role r");
  EXPECT_EQ(identities_->role_policies(kAccount, "r")->size(), 2U);
}

TEST_F(IdentitiesTest, tags_are_added_changed_and_removed_whatever_their_case) {
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  ASSERT_TRUE(run(identities_->tag_role(kAccount, "r", {{"Owner", "me"}, {"stage", "dev"}})));
  ASSERT_TRUE(run(identities_->tag_role(kAccount, "r", {{"owner", "you"}})));
  EXPECT_EQ(identities_->role(kAccount, "r")->tags, (Tags{{"owner", "you"}, {"stage", "dev"}}));
  ASSERT_TRUE(run(identities_->untag_role(kAccount, "r", {"STAGE", "nothing"})));
  EXPECT_EQ(identities_->role(kAccount, "r")->tags, (Tags{{"owner", "you"}}));
  EXPECT_EQ(run(identities_->untag_role(kAccount, "s", {"a"})).error().code, ErrorCode::kNotFound);
}

TEST_F(IdentitiesTest, the_fifty_first_tag_is_refused_and_none_of_its_call_stays) {
  ASSERT_TRUE(run(identities_->create_role(role("r"))));
  Tags fifty;
  for (int i = 0; i < 50; ++i) fifty["k" + std::to_string(i)] = "v";
  ASSERT_TRUE(run(identities_->tag_role(kAccount, "r", fifty)));
  const Status refused = run(identities_->tag_role(kAccount, "r", {{"k0", "w"}, {"z", "v"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(identities_->role(kAccount, "r")->tags, fifty);
}

TEST_F(IdentitiesTest, an_update_changes_what_it_names) {
  Role made = role("r");
  made.description = "old";
  ASSERT_TRUE(run(identities_->create_role(made)));
  ASSERT_TRUE(run(identities_->update_role(kAccount, "r", {.max_session_s = 4000})));
  ASSERT_TRUE(run(identities_->update_role(kAccount, "r", {.trust_policy = "{}"})));
  const auto found = identities_->role(kAccount, "r");
  EXPECT_EQ(found->description, "old");
  EXPECT_EQ(found->max_session_s, 4000);
  EXPECT_EQ(found->trust_policy, "{}");
  EXPECT_EQ(run(identities_->update_role(kAccount, "s", {})).error().code, ErrorCode::kNotFound);
}

TEST_F(IdentitiesTest, a_trust_policy_is_bounded) {
  Role made = role("r");
  made.trust_policy = std::string(2049, 'x');
  const Status refused = run(identities_->create_role(made));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Cannot exceed quota for ACLSizePerRole: 2048");
}

}  // namespace
}  // namespace headrace::access
