/*
 * client.mjs NAME=COMMAND - the calls of those outside, made with AWS's own
 * client against a bridge that serves the function js/tired.mjs.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as lambda from '@aws-sdk/client-lambda';

const bridge = spawn(process.execPath,
  [new URL('bridge.mjs', import.meta.url).pathname, '--serve',
    '--function', process.argv[2]], { stdio: ['pipe', 'pipe', 'inherit'] });
const [line] = await once(createInterface(bridge.stdout), 'line');
const { url, region, credentials } = JSON.parse(line);
const client = new lambda.LambdaClient({ endpoint: url, region, credentials,
  maxAttempts: 1 });
const call = (name, input) => client.send(new lambda[`${name}Command`](input));
const refused = (promise, name) =>
  assert.rejects(promise, (error) => error.name === name ||
    assert.fail(`${error.name}: ${error.message}, not ${name}`));
const FunctionName = 'tired:$LATEST';

const start = (DurableExecutionName, payload = '{"n":1}') => call('Invoke',
  { FunctionName, InvocationType: 'Event', DurableExecutionName,
    Payload: payload });

async function events(DurableExecutionArn, more = {}) {
  const all = [];
  let Marker;
  do {
    const page = await call('GetDurableExecutionHistory', { Marker,
      DurableExecutionArn, IncludeExecutionData: true, MaxItems: 2, ...more });
    all.push(...page.Events);
    Marker = page.NextMarker;
  } while (Marker);
  return all;
}

/* The callback's id, as soon as the execution waits for it. */
async function callbackId(arn) {
  for (let tries = 0; tries < 100; tries++) {
    const all = await events(arn);
    const started = all.find((event) => event.CallbackStartedDetails);
    if (all.at(-1).InvocationCompletedDetails)
      return started.CallbackStartedDetails.CallbackId;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail('no callback was started');
}

/* A name is unique; the same again is the same execution. */
const first = await start('order-1');
assert.equal(first.StatusCode, 202);
assert.match(first.DurableExecutionArn, /:function:tired:\$LATEST\/durable-execution\/order-1\//);
assert.equal((await start('order-1')).DurableExecutionArn,
  first.DurableExecutionArn);
await refused(start('order-1', '{"n":2}'),
  'DurableExecutionAlreadyStartedException');
await refused(call('Invoke', { FunctionName: 'tired' }),
  'InvalidParameterValueException');
await refused(call('Invoke', { FunctionName: 'nobody:$LATEST' }),
  'ResourceNotFoundException');
assert.equal((await call('Invoke', { FunctionName,
  InvocationType: 'DryRun' })).StatusCode, 204);

/* A callback is answered once; who waits for the execution gets its result. */
const id = await callbackId(first.DurableExecutionArn);
await call('SendDurableExecutionCallbackHeartbeat', { CallbackId: id });
const result = call('Invoke', { FunctionName, Payload: '{"n":1}',
  DurableExecutionName: 'order-1' });
await call('SendDurableExecutionCallbackSuccess',
  { CallbackId: id, Result: Buffer.from('yes') });
await refused(call('SendDurableExecutionCallbackFailure',
  { CallbackId: id, Error: { ErrorMessage: 'no' } }),
'CallbackTimeoutException');
await refused(call('SendDurableExecutionCallbackSuccess',
  { CallbackId: 'bm9uZQ==' }), 'InvalidParameterValueException');
assert.equal(Buffer.from((await result).Payload).toString(), '"yes"');

const one = await call('GetDurableExecution',
  { DurableExecutionArn: first.DurableExecutionArn });
assert.equal(one.Status, 'SUCCEEDED');
assert.equal(one.InputPayload, '{"n":1}');
assert.equal(one.Result, '"yes"');
assert.ok(Math.abs(one.StartTimestamp - Date.now()) < 60e3);
assert.deepEqual((await events(first.DurableExecutionArn))
  .map(({ EventType }) => EventType), ['ExecutionStarted', 'StepStarted',
  'StepSucceeded', 'ContextStarted', 'CallbackStarted', 'StepStarted',
  'StepSucceeded', 'InvocationCompleted', 'CallbackSucceeded',
  'ContextSucceeded', 'InvocationCompleted', 'ExecutionSucceeded']);
assert.equal((await events(first.DurableExecutionArn,
  { ReverseOrder: true }))[0].EventType, 'ExecutionSucceeded');

/* Stopped is stopped; a failure reaches the one who waits. */
const second = await start('order-2');
const stopped = await callbackId(second.DurableExecutionArn);
const when = await call('StopDurableExecution', {
  DurableExecutionArn: second.DurableExecutionArn,
  Error: { ErrorType: 'Enough', ErrorMessage: 'no more' } });
assert.deepEqual((await call('StopDurableExecution', { Error: {},
  DurableExecutionArn: second.DurableExecutionArn })).StopTimestamp,
when.StopTimestamp);
await refused(call('SendDurableExecutionCallbackSuccess',
  { CallbackId: stopped }), 'CallbackTimeoutException');
const third = await start('order-3');
await call('SendDurableExecutionCallbackFailure', {
  CallbackId: await callbackId(third.DurableExecutionArn),
  Error: { ErrorType: 'No', ErrorMessage: 'not approved' } });
const failed = await call('Invoke', { FunctionName, Payload: '{"n":1}',
  DurableExecutionName: 'order-3' });
assert.equal(failed.FunctionError, 'Unhandled');

/* The list: newest first, by status, by name, in pages. */
const list = async (more) => (await call('ListDurableExecutionsByFunction',
  { FunctionName: 'tired', Qualifier: '$LATEST', ...more }))
  .DurableExecutions.map(({ DurableExecutionName }) => DurableExecutionName);
assert.deepEqual(await list(), ['order-3', 'order-2', 'order-1']);
assert.deepEqual(await list({ ReverseOrder: true, MaxItems: 2 }),
  ['order-1', 'order-2']);
assert.deepEqual(await list({ Statuses: ['STOPPED', 'FAILED'] }),
  ['order-3', 'order-2']);
assert.deepEqual(await list({ DurableExecutionName: 'order-1' }), ['order-1']);
assert.deepEqual(await list({ StartedAfter: new Date(Date.now() + 1e3) }), []);
await refused(call('GetDurableExecution', { DurableExecutionArn:
  first.DurableExecutionArn.replace('order-1', 'order-9') }),
'ResourceNotFoundException');

bridge.stdin.end();
const [status] = await once(bridge, 'exit');
assert.equal(status, 0, 'the bridge saw a violation');
console.log('all as it should be');
