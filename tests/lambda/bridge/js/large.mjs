/* A child whose result is too large to be kept, and such a result at last. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const text = await context.runInChildContext('large', async (child) => {
    const some = await child.step('some', async () => 'x'.repeat(1000));
    return some.repeat(300);
  });
  await context.wait({ seconds: 1 });
  return text.repeat(input.times);
});
