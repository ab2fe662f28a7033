#include "services/s3/s3.h"

namespace headrace::services::s3 {

Operation abort_multipart_upload(S3& s3);
Operation complete_multipart_upload(S3& s3);
Operation copy_object(S3& s3);
Operation create_bucket(S3& s3);
Operation create_multipart_upload(S3& s3);
Operation delete_bucket(S3& s3);
Operation delete_object(S3& s3);
Operation delete_objects(S3& s3);
Operation get_bucket_accelerate_configuration(S3& s3);
Operation get_bucket_acl(S3& s3);
Operation get_bucket_cors(S3& s3);
Operation get_bucket_encryption(S3& s3);
Operation get_bucket_lifecycle_configuration(S3& s3);
Operation get_bucket_location(S3& s3);
Operation get_bucket_logging(S3& s3);
Operation get_bucket_notification_configuration(S3& s3);
Operation get_bucket_ownership_controls(S3& s3);
Operation get_bucket_policy(S3& s3);
Operation get_bucket_policy_status(S3& s3);
Operation get_bucket_replication(S3& s3);
Operation get_bucket_request_payment(S3& s3);
Operation get_bucket_tagging(S3& s3);
Operation get_bucket_versioning(S3& s3);
Operation get_bucket_website(S3& s3);
Operation get_object(S3& s3);
Operation get_object_lock_configuration(S3& s3);
Operation get_object_tagging(S3& s3);
Operation get_public_access_block(S3& s3);
Operation head_bucket(S3& s3);
Operation head_object(S3& s3);
Operation list_buckets(S3& s3);
Operation list_multipart_uploads(S3& s3);
Operation list_object_versions(S3& s3);
Operation list_objects(S3& s3);
Operation list_objects_v2(S3& s3);
Operation list_parts(S3& s3);
Operation put_object(S3& s3);
Operation upload_part(S3& s3);
Operation upload_part_copy(S3& s3);

std::vector<Operation> operations(S3& s3) {
  return {
      abort_multipart_upload(s3),
      complete_multipart_upload(s3),
      copy_object(s3),
      create_bucket(s3),
      create_multipart_upload(s3),
      delete_bucket(s3),
      delete_object(s3),
      delete_objects(s3),
      get_bucket_accelerate_configuration(s3),
      get_bucket_acl(s3),
      get_bucket_cors(s3),
      get_bucket_encryption(s3),
      get_bucket_lifecycle_configuration(s3),
      get_bucket_location(s3),
      get_bucket_logging(s3),
      get_bucket_notification_configuration(s3),
      get_bucket_ownership_controls(s3),
      get_bucket_policy(s3),
      get_bucket_policy_status(s3),
      get_bucket_replication(s3),
      get_bucket_request_payment(s3),
      get_bucket_tagging(s3),
      get_bucket_versioning(s3),
      get_bucket_website(s3),
      get_object(s3),
      get_object_lock_configuration(s3),
      get_object_tagging(s3),
      get_public_access_block(s3),
      head_bucket(s3),
      head_object(s3),
      list_buckets(s3),
      list_multipart_uploads(s3),
      list_object_versions(s3),
      list_objects(s3),
      list_objects_v2(s3),
      list_parts(s3),
      put_object(s3),
      upload_part(s3),
      upload_part_copy(s3),
  };
}

}  // namespace headrace::services::s3
