/* Steps that go well, fail, are tried again; a wait; a child context. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const first = await context.step('first', async () => `A${input.x}`);
  await context.wait('pause', { seconds: 2 });
  let attempts = 0;
  const second = await context.step('second', async (step) => {
    attempts = step.attempt ?? ++attempts;
    if (attempts < 3)
      throw new Error('not yet');
    return 'B';
  }, { retryStrategy: (error, n) => ({ shouldRetry: n < 3,
    delay: { seconds: n } }) });
  const caught = await context.runInChildContext('child', async (child) => {
    await child.wait({ seconds: 1 });
    return child.step('fails', async () => {
      throw new TypeError('as it is meant to');
    }, { retryStrategy: () => ({ shouldRetry: false }) });
  }).catch((error) => error.message);
  return [first, second, caught];
});
