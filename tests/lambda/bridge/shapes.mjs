/*
 * shapes.mjs - what the API's model says of requests, checked to the letter:
 * names, types, lengths, patterns and enums of members, unknown ones refused;
 * and what one kind of update may carry.
 */
import { Refusal } from './engine.mjs';

const invalid = (at, what) => {
  throw new Refusal(`1 validation error detected: Value at '${at}' failed ` +
    `to satisfy constraint: ${what}`, 'ValidationException');
};

const string = ({ min = 0, max = Infinity, pattern, values } = {}) =>
  (value, at) => {
    if (typeof value !== 'string')
      invalid(at, 'Member must be a string');
    const { length } = [...value];
    if (length < min || length > max)
      invalid(at, `Member must have length ${min} to ${max}, not ${length}`);
    if (pattern && !pattern.test(value))
      invalid(at, `Member must satisfy ${pattern}, not '${value}'`);
    if (values && !values.includes(value))
      invalid(at, `Member must be one of ${values}, not '${value}'`);
  };

const integer = (min, max) => (value, at) => {
  if (!Number.isInteger(value) || value < min || value > max)
    invalid(at, `Member must be a whole number, ${min} to ${max}, not ${value}`);
};

const boolean = (value, at) => {
  if (typeof value !== 'boolean')
    invalid(at, 'Member must be a boolean');
};

const list = (member, max = Infinity) => (value, at) => {
  if (!Array.isArray(value))
    invalid(at, 'Member must be a list');
  if (value.length > max)
    invalid(at, `Member must have at most ${max} elements`);
  value.forEach((element, i) => member(element, `${at}.${i + 1}.member`));
};

/* A name that ends in ! is required. */
const structure = (members) => {
  const required = Object.keys(members).filter((name) => name.endsWith('!'))
    .map((name) => name.slice(0, -1));
  const known = Object.fromEntries(Object.entries(members)
    .map(([name, check]) => [name.replace('!', ''), check]));
  return (value, at) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      invalid(at, 'Member must be a structure');
    for (const name of required) {
      if (!(name in value))
        invalid(`${at}.${name}`, 'Member must be there');
    }
    for (const [name, member] of Object.entries(value)) {
      if (!known[name])
        invalid(`${at}.${name}`, 'no such member');
      known[name](member, `${at}.${name}`);
    }
  };
};

const id = string({ min: 1, max: 64, pattern: /^[a-zA-Z0-9_-]+$/ });
const payload = string({ max: 6291456 });
const seconds = integer(1, 31622400);
const timeout = integer(0, 99999999);
const token = string({ min: 1, max: 2048, pattern: /^[A-Za-z0-9+/]+={0,2}$/ });

const errorObject = structure({
  ErrorMessage: string(),
  ErrorType: string(),
  ErrorData: string(),
  StackTrace: list(string()),
});

const update = structure({
  'Id!': id,
  ParentId: id,
  Name: string({ min: 1, max: 256, pattern: /^[\x20-\x7E]+$/ }),
  'Type!': string({ values: ['EXECUTION', 'CONTEXT', 'STEP', 'WAIT',
    'CALLBACK', 'CHAINED_INVOKE'] }),
  SubType: string({ min: 1, max: 32, pattern: /^[a-zA-Z0-9_-]+$/ }),
  'Action!': string({ values: ['START', 'SUCCEED', 'FAIL', 'RETRY',
    'CANCEL'] }),
  Payload: payload,
  Error: errorObject,
  ContextOptions: structure({ ReplayChildren: boolean }),
  StepOptions: structure({ NextAttemptDelaySeconds: seconds }),
  WaitOptions: structure({ WaitSeconds: seconds }),
  CallbackOptions: structure({ TimeoutSeconds: timeout,
    HeartbeatTimeoutSeconds: timeout }),
  ChainedInvokeOptions: structure({
    'FunctionName!': string({ min: 1, max: 256 }),
    TenantId: string({ min: 1, max: 256,
      pattern: /^[a-zA-Z0-9._:/=+\-@ ]+$/ }),
  }),
});

const checkpoint = structure({
  'CheckpointToken!': token,
  ClientToken: string({ min: 1, max: 64, pattern: /^[\x21-\x7E]+$/ }),
  Updates: list(update),
});

/* Type and action, then what it may carry; a ! asks for it. */
const carries = {
  'STEP START': [],
  'STEP SUCCEED': ['Payload'],
  'STEP FAIL': ['Error'],
  'STEP RETRY': ['Payload', 'Error', 'StepOptions!'],
  'CONTEXT START': [],
  'CONTEXT SUCCEED': ['Payload', 'ContextOptions'],
  'CONTEXT FAIL': ['Error', 'ContextOptions'],
  'WAIT START': ['WaitOptions!'],
  'CALLBACK START': ['CallbackOptions'],
  'CHAINED_INVOKE START': ['Payload', 'ChainedInvokeOptions!'],
  'EXECUTION SUCCEED': ['Payload'],
  'EXECUTION FAIL': ['Error'],
};
const burden = ['Payload', 'Error', 'ContextOptions', 'StepOptions',
  'WaitOptions', 'CallbackOptions', 'ChainedInvokeOptions'];

function checkBurden(update, at) {
  const kind = `${update.Type} ${update.Action}`;
  const may = carries[kind];
  if (!may)
    throw new Refusal('Invalid action for the given operation type.');
  for (const name of burden) {
    if (name in update && !may.some((m) => m.replace('!', '') === name))
      throw new Refusal(`${at}: a ${kind} has no ${name}`);
    if (may.includes(`${name}!`) && !(name in update))
      throw new Refusal(`Update for ${update.Type} operation requires ${name}.`);
  }
  if (update.Action === 'RETRY') {
    if ('Payload' in update && 'Error' in update)
      throw new Refusal(
        'Cannot provide both error and payload to RETRY a STEP.');
    if (!('NextAttemptDelaySeconds' in update.StepOptions))
      throw new Refusal('Invalid StepOptions for the given action.');
  }
  if (kind === 'WAIT START' && !('WaitSeconds' in update.WaitOptions))
    throw new Refusal('Update for WAIT operation requires WaitOptions.');
}

function parseJson(body) {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new Refusal(`not JSON: ${error.message}`, 'SerializationException');
  }
}

export function checkpointBody(body) {
  const request = parseJson(body);
  checkpoint(request, 'body');
  (request.Updates ?? []).forEach((u, i) => checkBurden(u, `updates.${i + 1}`));
  return request;
}

/* The body of a callback's failure, of a stop. */
export function errorBody(body) {
  const error = parseJson(body);
  errorObject(error, 'body');
  return error;
}

/* An object that a runtime answers with. */
export function outcome(body) {
  let answer;
  try {
    answer = JSON.parse(body);
  } catch {
    return null;
  }
  const shapes = {
    SUCCEEDED: structure({ 'Status!': string(), Result: (value, at) =>
      value === null || string()(value, at) }),
    FAILED: structure({ 'Status!': string(), Error: errorObject }),
    PENDING: structure({ 'Status!': string() }),
  };
  const shape = answer && Object.hasOwn(shapes, answer.Status ?? '') &&
    shapes[answer.Status];
  if (!shape)
    return null;
  shape(answer, 'response');
  return answer;
}

const number = (text, at) => {
  if (!/^\d+$/.test(text) || Number(text) > 1000)
    invalid(at, 'Member must be a number, 0 to 1000');
};
const flag = string({ values: ['true', 'false'] });
const time = string({
  pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/ });
const statuses = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'STOPPED'];

const queries = {
  checkpoint: structure({}),
  state: structure({ 'CheckpointToken!': token, Marker: string({ min: 1 }),
    MaxItems: number }),
  get: structure({ IncludeExecutionData: flag }),
  history: structure({ IncludeExecutionData: flag, MaxItems: number,
    Marker: string({ min: 1 }), ReverseOrder: flag }),
  stop: structure({}),
  list: structure({ Qualifier: string({ min: 1, max: 128 }),
    DurableExecutionName: string({ pattern: /^[a-zA-Z0-9_-]{1,64}$/ }),
    Statuses: (value, at) => list(string({ values: statuses }), 10)(
      [value].flat(), at),
    StartedAfter: time, StartedBefore: time, ReverseOrder: flag,
    Marker: string({ min: 1 }), MaxItems: number }),
  succeed: structure({}),
  fail: structure({}),
  heartbeat: structure({}),
  invoke: structure({ Qualifier: string({ min: 1, max: 128 }) }),
};

export function checkQuery(operation, query) {
  queries[operation](query, 'query');
}

const header = {
  'x-amz-durable-execution-name':
    string({ pattern: /^[a-zA-Z0-9_-]{1,64}$/ }),
  'x-amz-invocation-type':
    string({ values: ['RequestResponse', 'Event', 'DryRun'] }),
  'x-amz-log-type': string({ values: ['None', 'Tail'] }),
  'x-amz-tenant-id': string({ min: 1, max: 256 }),
  'x-amz-client-context': string({ max: 3583 }),
};

/* Content-Type where a body has one, and what invoke's headers hold. */
export function checkHeaders(operation, headers, body) {
  const json = ['checkpoint', 'stop', 'fail'].includes(operation);
  if (json && headers['content-type'] !== 'application/json')
    invalid('content-type', `must be application/json, not '${
      headers['content-type']}'`);
  if (operation === 'heartbeat' && body.length > 0)
    invalid('body', 'a heartbeat has none');
  for (const [name, value] of Object.entries(headers)) {
    if (operation === 'invoke' && header[name])
      header[name](value, name);
  }
}
