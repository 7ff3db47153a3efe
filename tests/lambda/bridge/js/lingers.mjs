/* Takes its time to answer, when all that is left is to come by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

const durable = withDurableExecution(async (input, context) => {
  await context.wait('soon', { seconds: 1 });
  await context.invoke('other', 'plain', {});
  return 'all';
});

export const handler = async (event, context) => {
  const answer = await durable(event, context);
  await sleep(1500);
  return answer;
};
