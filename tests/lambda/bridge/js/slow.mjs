/* A step that never ends, the first time. */
import { existsSync, writeFileSync } from 'node:fs';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) =>
  context.step('slow', async () => {
    if (existsSync(input.mark))
      return 'in time';
    writeFileSync(input.mark, '');
    return new Promise(() => setInterval(() => {}, 1000));
  }));
