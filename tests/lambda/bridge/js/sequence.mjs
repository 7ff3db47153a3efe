/* So many steps, one after the other; for bench/lambda. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  for (let i = 0; i < input; i++)
    await context.step(`step-${i}`, async () => null);
  return input;
});
