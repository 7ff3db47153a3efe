/*
 * liar.mjs - a runtime that breaks one rule, which $_HANDLER names, for the
 * test that the bridge sees each of them.
 */
import { createHash, createHmac } from 'node:crypto';
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';

const { env } = process;
const lie = env._HANDLER;
const runtimeApi = `http://${env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const here = new URL(env.AWS_ENDPOINT_URL_LAMBDA);

class Sha256 {
  constructor(secret) {
    this.hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

function send(url, { method, headers = {}, body }) {
  return new Promise((done, failed) => {
    const sent = request(url, { method, headers }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => done({ headers: response.headers,
        text: Buffer.concat(pieces).toString() }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

/* A signed call; the lies about signatures are told here. */
async function call(method, path, body, query = {}) {
  const signer = new SignatureV4({ service: 'lambda', sha256: Sha256,
    region: lie === 'region' ? 'eu-west-1' : env.AWS_REGION,
    uriEscapePath: lie !== 'encoded-once', applyChecksum: false,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
      sessionToken: lie === 'no-token' ? undefined : env.AWS_SESSION_TOKEN } });
  const text = lie === 'member-name' ? body?.replace('Updates', 'updates')
    : body;
  const date = new Date(Date.now() - (lie === 'skew' ? 600e3 : 0));
  const signed = await signer.sign({ method, protocol: 'http:', path, query,
    hostname: here.hostname, body: text, headers: { host: here.host,
      ...(text && { 'content-type':
        lie === 'content-type' ? 'text/plain' : 'application/json' }) } },
  { signingDate: date });
  const words = Object.entries(query).map(([key, value]) =>
    `${key}=${encodeURIComponent(value)}`);
  return send(`${here.origin}${path}${words.length ? '?' : ''}${
    words.join('&')}`, { method, headers: signed.headers,
    body: lie === 'body' ? text?.replace('STEP', 'WAIT') : text });
}

const encode = (arn) => lie === 'raw-path'
  ? encodeURIComponent(arn).replace(/%3A/g, ':') : encodeURIComponent(arn);

const step = (Id, Action, more = {}) =>
  ({ Id, Type: 'STEP', SubType: 'Step', Name: 'n', Action, ...more });

/* The updates of a first checkpoint. */
const updates = {
  'unknown-member': [step('a', 'START', { Colour: 'red' })],
  'member-type': [step('a', 'START', { Name: 5 })],
  'empty-name': [step('a', 'START', { Name: '' })],
  'null-member': [step('a', 'START', { ParentId: null })],
  'action': [step('a', 'BEGIN')],
  'id': [step('a b', 'START')],
  'start-payload': [step('a', 'START', { Payload: '1' })],
  'fail-payload': [step('a', 'FAIL', { Payload: '1' })],
  'succeed-error': [step('a', 'SUCCEED', { Error: {} })],
  'retry-delay': [step('a', 'RETRY', { Error: {} })],
  'retry-both': [step('a', 'RETRY', { Error: {}, Payload: '',
    StepOptions: { NextAttemptDelaySeconds: 1 } })],
  'error-member': [step('a', 'FAIL', { Error: { Message: '' } })],
  'wait-zero': [{ Id: 'w', Type: 'WAIT', Action: 'START',
    WaitOptions: { WaitSeconds: 0 } }],
  'wait-options': [{ Id: 'w', Type: 'WAIT', Action: 'START' }],
  'wait-cancel': [{ Id: 'w', Type: 'WAIT', Action: 'CANCEL' }],
  'function-name': [{ Id: 'i', Type: 'CHAINED_INVOKE', Action: 'START',
    ChainedInvokeOptions: {} }],
  'twice': [step('a', 'START'), step('a', 'START')],
  'thrice': [step('a', 'START'), step('a', 'SUCCEED'), step('a', 'START')],
  'parent': [step('a', 'START', { ParentId: 'b' })],
  'parent-step': [step('b', 'START'), step('a', 'START', { ParentId: 'b' })],
  'context-close': [{ Id: 'c', Type: 'CONTEXT', Action: 'SUCCEED' }],
  'other-name': [step('a', 'START'), step('a', 'SUCCEED', { Name: 'm' })],
  'lost-name': [step('a', 'START'), { Id: 'a', Type: 'STEP', SubType: 'Step',
    Action: 'SUCCEED' }],
  'end-not-last': [{ Id: 'e', Type: 'EXECUTION', Action: 'SUCCEED' },
    step('a', 'START')],
  'many': Array.from({ length: 251 }, (_, i) => step(`s${i}`, 'START')),
  'large': [step('a', 'SUCCEED', { Payload: 'x'.repeat(262145) })],
  'large-error': [step('a', 'FAIL', { Error: {
    ErrorMessage: 'x'.repeat(33000) } })],
  'heavy': Array.from({ length: 4 }, (_, i) =>
    step(`s${i}`, 'SUCCEED', { Payload: 'x'.repeat(200000) })),
};

async function tellApi(event) {
  const arn = `/2025-12-01/durable-executions/${
    encode(event.DurableExecutionArn)}`;
  const checkpoint = (CheckpointToken, Updates, ClientToken) =>
    call('POST', `${arn}/checkpoint`,
      JSON.stringify({ CheckpointToken, Updates, ClientToken }));
  const first = await checkpoint(event.CheckpointToken,
    updates[lie] ?? [step('first', 'START')], 'client-1');
  const token = JSON.parse(first.text).CheckpointToken;
  if (lie === 'used-token')
    await checkpoint(event.CheckpointToken, [], 'client-2');
  else if (lie === 'unknown-token')
    await checkpoint('bm9uZQ==', [], 'client-2');
  else if (lie === 'client-token')
    await checkpoint(event.CheckpointToken, [step('b', 'START')], 'client-1');
  else if (lie === 'state-order')
    await checkpoint(token, [step('first', 'SUCCEED')]).then(async ({ text }) =>
      checkpoint(JSON.parse(text).CheckpointToken, [step('first', 'START')]));
  else if (lie === 'marker')
    await call('GET', `${arn}/state`, undefined,
      { CheckpointToken: token, Marker: 'bm9uZQ==' });
  else if (lie === 'query')
    await call('GET', `${arn}/state`, undefined,
      { CheckpointToken: token, Limit: '5' });
  else if (lie === 'no-such-call')
    await call('GET', `${arn}/steps`);
  return () => checkpoint(token, []);
}

const answers = { rubbish: 'done!', status: '{"Status":"DONE"}',
  'result-type': '{"Status":"SUCCEEDED","Result":{}}',
  'both': '{"Status":"SUCCEEDED","Error":{}}',
  'pending': '{"Status":"PENDING"}', 'long': `{"Status":"SUCCEEDED","Result":"${
    'x'.repeat(6291556)}"}` };

for (;;) {
  const { headers, text } =
    await send(`${runtimeApi}/invocation/next`, { method: 'GET' });
  const late = await tellApi(JSON.parse(text));
  const path = `${runtimeApi}/invocation/${
    headers['lambda-runtime-aws-request-id']}`;
  const answer = { method: 'POST',
    body: answers[lie] ?? '{"Status":"SUCCEEDED","Result":"1"}' };
  if (lie === 'leftover')
    spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  if (lie === 'other-id')
    await send(`${runtimeApi}/invocation/another/response`, answer);
  if (lie === 'error-body')
    await send(`${path}/error`, { method: 'POST', body: 'oops' });
  else
    await send(`${path}/response`, answer);
  if (lie === 'two-answers')
    await send(`${path}/response`, answer);
  if (lie === 'late')
    await late();
}
