/* A callback, and one whose id is handed out by a submitter. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const [answer] = await context.createCallback('answer',
    { heartbeatTimeout: { seconds: 10 } });
  const first = await answer;
  const second = await context.waitForCallback('approval', async () => {},
    { timeout: { seconds: 60 } }).catch((error) => error.message);
  return [first, second];
});
