variable "aws_region" {
  description = "Region of the stream, the delivery stream and the bucket."
  type        = string
  default     = "us-east-1"
}

variable "kinesis_stream_name" {
  description = "Name of the stream that producers write to."
  type        = string
  default     = "headrace-events"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,128}$", var.kinesis_stream_name))
    error_message = "A stream's name has 1 to 128 letters, digits, underscores, dots or hyphens."
  }
}

variable "firehose_delivery_stream_name" {
  description = "Name of the delivery stream that moves records from the stream into the bucket."
  type        = string
  default     = "headrace-delivery"

  # The role's name is made from it, and IAM allows 64 characters.
  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,55}$", var.firehose_delivery_stream_name))
    error_message = "Use 1 to 55 letters, digits, underscores, dots or hyphens."
  }
}

variable "s3_bucket_name" {
  description = "Name of the bucket. Names are shared by all of AWS: choose your own there."
  type        = string
  default     = "headrace-delivered"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.s3_bucket_name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots or hyphens."
  }
}

variable "shard_count" {
  description = "Shards of the stream; each takes 1 MiB/s or 1,000 records/s."
  type        = number
  default     = 1

  validation {
    condition     = var.shard_count >= 1 && floor(var.shard_count) == var.shard_count
    error_message = "A stream has at least one shard."
  }
}

variable "retention_hours" {
  description = "How long the stream keeps its records."
  type        = number
  default     = 24

  validation {
    condition     = var.retention_hours >= 24 && var.retention_hours <= 8760
    error_message = "Retention is between 24 and 8760 hours."
  }
}

variable "buffering_size_mib" {
  description = "An object is delivered once this much uncompressed data is buffered."
  type        = number
  default     = 5

  validation {
    condition     = var.buffering_size_mib >= 1 && var.buffering_size_mib <= 128
    error_message = "The buffering size is between 1 and 128 MiB."
  }
}

variable "buffering_interval_seconds" {
  description = "An object is delivered once its first record has waited this long."
  type        = number
  default     = 60

  validation {
    condition     = var.buffering_interval_seconds >= 0 && var.buffering_interval_seconds <= 900
    error_message = "The buffering interval is between 0 and 900 seconds."
  }
}

variable "compression_format" {
  description = "Compression of delivered objects: GZIP or UNCOMPRESSED."
  type        = string
  default     = "GZIP"

  validation {
    condition     = contains(["GZIP", "UNCOMPRESSED"], var.compression_format)
    error_message = "Use GZIP or UNCOMPRESSED."
  }
}

variable "object_prefix" {
  description = "Prefix of delivered objects; !{timestamp:...} is the first record's arrival, UTC."
  type        = string
  default     = "events/!{timestamp:yyyy/MM/dd/HH}/"
}

variable "error_output_prefix" {
  description = "Prefix of what could not be delivered as it should. AWS wants one beside any prefix with expressions."
  type        = string
  default     = "errors/!{firehose:error-output-type}/"
}

variable "force_destroy" {
  description = "Whether `terraform destroy` deletes a bucket that still holds objects."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
}
