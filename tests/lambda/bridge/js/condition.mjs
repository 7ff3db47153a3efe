/* Polls until a number is reached. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) =>
  context.waitForCondition('count', async (n) => n + 1, {
    initialState: 0,
    waitStrategy: (n) => n >= input ? { shouldContinue: false }
      : { shouldContinue: true, delay: { seconds: 2 } },
  }));
