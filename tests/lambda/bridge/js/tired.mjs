/* A callback and a wait at once, for those outside to work on. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  await context.step('first', async () => 1);
  return context.waitForCallback('answer', async () => {});
});
