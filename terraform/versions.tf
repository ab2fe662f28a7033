terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.40, < 7.0"
    }
  }
}

# No endpoint here: AWS_ENDPOINT_URL=http://127.0.0.1:4566 provisions Headrace, its absence AWS.
provider "aws" {
  region = var.aws_region
}
