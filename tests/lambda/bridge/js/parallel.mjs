/* So many branches of one step each; for bench/lambda. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const all = await context.parallel('all', Array.from({ length: input },
    () => async (branch) => branch.step('step', async () => null)));
  return all.successCount;
});
