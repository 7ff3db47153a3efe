/* Tells the longest time, in seconds, that the process did not run. */
import { withDurableExecution } from '@aws/durable-execution-sdk-js';

let last = performance.now();
let longest = 0;
setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 20);

export const handler = withDurableExecution(async (input, context) => {
  await context.wait({ seconds: 2 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  return Math.floor(longest / 1000);
});
