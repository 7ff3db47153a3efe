/* Waits, and returns what it was given. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  await context.wait({ seconds: 1 });
  return input;
});
