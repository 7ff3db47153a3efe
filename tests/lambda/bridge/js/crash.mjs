/* A step that is begun at most once takes its runtime along. */
import { StepSemantics, withDurableExecution } from
  '@aws/durable-execution-sdk-js';

export const handler = withDurableExecution(async (input, context) =>
  context.step('once', async () => {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  }, { semantics: StepSemantics.AtMostOncePerRetry,
    retryStrategy: () => ({ shouldRetry: false }) }));
