output "kinesis_stream_name" {
  description = "What producers write to."
  value       = aws_kinesis_stream.events.name
}

output "kinesis_stream_arn" {
  value = aws_kinesis_stream.events.arn
}

output "firehose_delivery_stream_name" {
  value = aws_kinesis_firehose_delivery_stream.delivery.name
}

output "firehose_delivery_stream_arn" {
  value = aws_kinesis_firehose_delivery_stream.delivery.arn
}

output "s3_bucket_name" {
  description = "Where objects are delivered."
  value       = aws_s3_bucket.delivered.bucket
}

output "role_arn" {
  description = "The role that the delivery stream reads and writes with."
  value       = aws_iam_role.delivery.arn
}
