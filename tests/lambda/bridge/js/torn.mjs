/* Counts to three; the runtime dies within the second poll, once. */
import { existsSync, writeFileSync } from 'node:fs';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) =>
  context.waitForCondition('count', async (n) => {
    if (n === 1 && !existsSync(input.mark)) {
      writeFileSync(input.mark, '');
      await new Promise((resolve) => setTimeout(resolve, 200));
      process.kill(process.pid, 'SIGKILL');
    }
    return n + 1;
  }, {
    initialState: 0,
    waitStrategy: (n) => n >= 3 ? { shouldContinue: false }
      : { shouldContinue: true, delay: { seconds: 1 } },
  }));
