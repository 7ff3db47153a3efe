/* Chained invokes: of a durable function, of a plain one, of none. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) => {
  const all = [];
  for (const name of ['echo:$LATEST', 'plain', 'nobody', 'echo'])
    all.push(await context.invoke(name, name, { of: name })
      .catch((error) => error.message));
  return all;
});
