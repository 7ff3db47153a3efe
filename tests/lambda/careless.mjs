/*
 * careless.mjs - a Lambda for two invocations whose service leaves things out.
 *
 *   node careless.mjs RUNTIME HANDLER MEMBERS [SIGNAL]
 *
 * MEMBERS has, for types of operations, the members that replace those of an
 * answer: {"CALLBACK":{"CallbackDetails":{}}}. The second invocation begins
 * with what was told in the first; when the third would be next, the runtime is
 * sent SIGNAL (SIGTERM). Prints the response or the error of each, and at last
 * the exit status of the runtime.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [runtime, handler, members, signal = 'SIGTERM'] = process.argv.slice(2);
const replaced = JSON.parse(members);
const told = new Map();
let given = 0;

const statuses = { START: 'STARTED', SUCCEED: 'SUCCEEDED', FAIL: 'FAILED',
  RETRY: 'PENDING' };

function take({ Id, ParentId, Type, SubType, Name, Action, Payload, Error }) {
  const operation = { Id, ParentId, Type, SubType, Name,
    StartTimestamp: Date.now() / 1000, Status: statuses[Action],
    ...(Type === 'STEP' && { StepDetails: { Result: Payload, Error } }),
    ...(Type === 'CALLBACK' && { CallbackDetails: { CallbackId: 'Q0I=' } }),
    ...replaced[Type] };
  told.set(Id, operation);
  return operation;
}

const event = () => ({ CheckpointToken: 'dG9r',
  DurableExecutionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f:1/' +
    'durable-execution/careless/0b6c',
  InitialExecutionState: { Operations: [...told.values()] } });

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request)
    text += chunk;
  if (request.url.endsWith('/next')) {
    if (given++ === 2) {
      child.kill(signal);
      return;
    }
    response.writeHead(200, { 'Lambda-Runtime-Aws-Request-Id': `id-${given}`,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + 60000) });
    response.end(JSON.stringify(event()));
  } else if (request.url.endsWith('/checkpoint')) {
    response.end(JSON.stringify({ CheckpointToken: 'dG9r', NewExecutionState: {
      Operations: JSON.parse(text).Updates.map(take) } }));
  } else {
    console.log(text);
    response.writeHead(202).end('{}');
  }
});
let child;

server.listen(0, '127.0.0.1', () => {
  const here = `127.0.0.1:${server.address().port}`;
  child = spawn(runtime, ['lambda', handler], { stdio: 'inherit',
    env: { ...process.env, AWS_LAMBDA_RUNTIME_API: here, AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_LAMBDA: `http://${here}`, AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b' } });
  child.on('exit', (status, by) => {
    console.log(`exit ${status ?? by}`);
    server.close();
    server.closeAllConnections();
  });
});
