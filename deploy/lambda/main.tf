# A durable function of examples/lambda, for Terraform or OpenTofu:
#   deploy/lambda/build out && deploy/lambda/package out/stage out examples/lambda
#   terraform -chdir=deploy/lambda init && terraform -chdir=deploy/lambda apply
# The zip is the whole function: durable beside the scripts.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25" # has durable_config
    }
  }
}

variable "name" {
  type    = string
  default = "expense"
}

variable "package" {
  type        = string
  default     = "../../out/durable-function-x86_64.zip"
  description = "What deploy/lambda/package has made, with the scripts"
}

variable "architecture" {
  type    = string
  default = "x86_64" # or arm64, as the package
}

variable "invokes" {
  type        = list(string)
  default     = []
  description = "ARNs of the functions that the workflow invokes, each with :*"
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = 30
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-durable"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

# No more than the runtime needs. The durable actions are authorized against
# the execution's ARN, which begins with that of a version: hence the :*.
data "aws_iam_policy_document" "this" {
  statement {
    sid       = "Log"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }
  statement {
    sid = "Checkpoint"
    actions = [
      "lambda:CheckpointDurableExecution",
      "lambda:GetDurableExecutionState",
    ]
    resources = ["${aws_lambda_function.this.arn}:*"]
  }
  dynamic "statement" {
    for_each = length(var.invokes) > 0 ? [var.invokes] : []
    content {
      sid       = "Invoke"
      actions   = ["lambda:InvokeFunction"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "durable"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.this.json
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  role             = aws_iam_role.this.arn
  runtime          = "provided.al2023"
  handler          = "expense.sh"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  architectures    = [var.architecture]
  memory_size      = 256
  # Of one invocation: longer than the longest step, and 2 s more.
  timeout = 60
  # A version for each change: an execution stays with the one it began on.
  publish = true

  # Can be given only when the function is created.
  durable_config {
    execution_timeout = 604800 # seconds: 7 days
    retention_period  = 14     # days
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

# A durable function is invoked by a qualified name.
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
  # An execution whose record is refused has failed for good.
  depends_on = [aws_iam_role_policy.this]
}

# For those who start executions, look at them, and answer callbacks.
data "aws_iam_policy_document" "operators" {
  statement {
    actions = [
      "lambda:InvokeFunction",
      "lambda:ListDurableExecutionsByFunction",
      "lambda:GetDurableExecution",
      "lambda:GetDurableExecutionHistory",
      "lambda:StopDurableExecution",
      "lambda:SendDurableExecutionCallbackSuccess",
      "lambda:SendDurableExecutionCallbackFailure",
      "lambda:SendDurableExecutionCallbackHeartbeat",
    ]
    resources = [
      aws_lambda_function.this.arn,
      "${aws_lambda_function.this.arn}:*",
    ]
  }
}

resource "aws_iam_policy" "operators" {
  name   = "${var.name}-operators"
  policy = data.aws_iam_policy_document.operators.json
}

output "function" {
  description = "The name to invoke it by"
  value       = aws_lambda_alias.live.arn
}
