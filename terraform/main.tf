resource "aws_kinesis_stream" "events" {
  name             = var.kinesis_stream_name
  shard_count      = var.shard_count
  retention_period = var.retention_hours
  tags             = var.tags

  stream_mode_details {
    stream_mode = "PROVISIONED"
  }
}

resource "aws_s3_bucket" "delivered" {
  bucket        = var.s3_bucket_name
  force_destroy = var.force_destroy
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["firehose.amazonaws.com"]
    }
  }
}

# Exactly what a delivery stream does: read this stream, write this bucket.
data "aws_iam_policy_document" "delivery" {
  statement {
    sid = "ReadStream"
    actions = [
      "kinesis:DescribeStream",
      "kinesis:GetRecords",
      "kinesis:GetShardIterator",
      "kinesis:ListShards",
    ]
    resources = [aws_kinesis_stream.events.arn]
  }

  statement {
    sid = "FindBucket"
    actions = [
      "s3:GetBucketLocation",
      "s3:ListBucket",
      "s3:ListBucketMultipartUploads",
    ]
    resources = [aws_s3_bucket.delivered.arn]
  }

  statement {
    sid = "WriteObjects"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:GetObject",
      "s3:PutObject",
    ]
    resources = ["${aws_s3_bucket.delivered.arn}/*"]
  }
}

resource "aws_iam_role" "delivery" {
  name               = "${var.firehose_delivery_stream_name}-role"
  assume_role_policy = data.aws_iam_policy_document.assume.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "delivery" {
  name   = "stream-to-bucket"
  role   = aws_iam_role.delivery.id
  policy = data.aws_iam_policy_document.delivery.json
}

resource "aws_kinesis_firehose_delivery_stream" "delivery" {
  name        = var.firehose_delivery_stream_name
  destination = "extended_s3"
  tags        = var.tags

  kinesis_source_configuration {
    kinesis_stream_arn = aws_kinesis_stream.events.arn
    role_arn           = aws_iam_role.delivery.arn
  }

  extended_s3_configuration {
    bucket_arn          = aws_s3_bucket.delivered.arn
    role_arn            = aws_iam_role.delivery.arn
    buffering_size      = var.buffering_size_mib
    buffering_interval  = var.buffering_interval_seconds
    compression_format  = var.compression_format
    prefix              = var.object_prefix
    error_output_prefix = var.error_output_prefix
  }

  # Without its policy the role can neither read nor write.
  depends_on = [aws_iam_role_policy.delivery]
}
