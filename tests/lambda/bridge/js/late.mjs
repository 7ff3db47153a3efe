/* Callbacks that nobody answers: one times out, one has no heartbeat. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const failures = [];
  for (const limit of ['timeout', 'heartbeatTimeout'])
    failures.push(await context.waitForCallback(limit, async () => {},
      { [limit]: { seconds: 3 } }).catch((error) => error.message));
  return failures;
});
