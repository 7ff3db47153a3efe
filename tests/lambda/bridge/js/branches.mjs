/* A parallel whose branches wait at the same time, and a map. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const both = await context.parallel('both', [
    async (branch) => {
      await branch.wait('long', { seconds: 3 });
      return branch.step('a', async () => 'a');
    },
    async (branch) => {
      await branch.wait('short', { seconds: 1 });
      return branch.step('b', async () => 'b');
    },
  ]);
  const squares = await context.map('squares', input.items,
    async (item, n) => item.step('square', async () => n * n));
  return [both.getResults(), squares.getResults()];
});
