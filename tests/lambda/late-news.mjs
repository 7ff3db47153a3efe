/*
 * late-news.mjs - a Lambda for one invocation whose service is slow to tell:
 * each wait is over a moment before its time, but a checkpoint that
 * carries nothing is answered 600 ms after it came.
 *
 *   node late-news.mjs RUNTIME HANDLER [MILLISECONDS]
 *
 * The invocation has so many milliseconds, else a minute. Prints the name and
 * action of each update, and at last the response or the error.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [runtime, handler, time = '60000'] = process.argv.slice(2);
const started = new Map();
let isGiven = false;

const event = { CheckpointToken: 'dG9r', DurableExecutionArn: 'arn:aws:lambda:' +
  'us-east-1:123456789012:function:f:1/durable-execution/news/0b6c',
  InitialExecutionState: { Operations: [] } };

function take(update) {
  const { Id, ParentId, Type, SubType, Name, Action, WaitOptions } = update;
  console.log(`${Name} ${Action}`);
  const operation = { Id, ParentId, Type, SubType, Name,
    StartTimestamp: Date.now() / 1000,
    Status: { START: 'STARTED', SUCCEED: 'SUCCEEDED' }[Action] };
  if (WaitOptions)
    operation.WaitDetails = { ScheduledEndTimestamp:
      Date.now() / 1000 + 0.85 * WaitOptions.WaitSeconds };
  started.set(Id, operation);
  return operation;
}

/* The waits that are over by now. */
function over() {
  const now = Date.now() / 1000;
  return [...started.values()]
    .filter((o) => o.WaitDetails?.ScheduledEndTimestamp <= now)
    .map((o) => Object.assign(o, { Status: 'SUCCEEDED' }));
}

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request)
    text += chunk;
  if (request.url.endsWith('/next')) {
    if (isGiven)
      return;
    isGiven = true;
    response.writeHead(200, { 'Lambda-Runtime-Aws-Request-Id': 'one',
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + Number(time)) });
    response.end(JSON.stringify(event));
  } else if (request.url.endsWith('/checkpoint')) {
    const updates = JSON.parse(text).Updates.map(take);
    const answer = JSON.stringify({ CheckpointToken: 'dG9r',
      NewExecutionState: { Operations: updates.length ? updates : over() } });
    setTimeout(() => response.end(answer), updates.length ? 0 : 600);
  } else {
    console.log(text);
    response.writeHead(202).end('{}');
    child.kill('SIGKILL');
    server.close();
    server.closeAllConnections();
  }
});
let child;

server.listen(0, '127.0.0.1', () => {
  const here = `127.0.0.1:${server.address().port}`;
  child = spawn(runtime, ['lambda', handler], { stdio: 'inherit',
    env: { ...process.env, AWS_LAMBDA_RUNTIME_API: here, AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_LAMBDA: `http://${here}`, AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b' } });
});
