/*
 * fault-kinds.mjs - what a good service never does, and what is to come of it.
 *
 * A kind: fault(run, call) gives {instead} or {after} for a call, or nothing;
 * invocations are the types of those that fail (none); cuts: one is cut short,
 * so the step that is run at most once may have failed; repeats: how often any
 * other may be started once more; fails: the execution ends so. Each kind is
 * put at several calls of the flow.
 */
import { createServer } from 'node:http';

const refusal = (status, type, message, headers = {}) => ({ status,
  headers: { 'x-amzn-errortype': type, ...headers },
  body: JSON.stringify({ Type: 'User', message }) });

/* How often a call is made; the flow makes more calls than the latter. */
const attempts = 4;
const resets = attempts + 1; /* a connection that broke is no attempt */
const late = 11;

/* Makes a fault of the calls from at on, n in all. */
function calls(at, n, make) {
  return (run, call) => {
    if (run.again && !run.again.equals(call.body))
      run.problem('it was sent again with other bytes');
    run.again = null;
    if (run.calls < at || run.calls >= at + n)
      return null;
    run.fired = true;
    return make(run, call);
  };
}

/* It is to be sent again, to the letter. */
const again = (make) => (run, call) => {
  run.again = call.body;
  return make(run, call);
};

const instead = (answer) => () => ({ instead: () => answer });
const edit = (change) => (run, call) => ({ after: (answer) => {
  const body = JSON.parse(answer.body);
  change(body, run, call);
  return { ...answer, body: JSON.stringify(body) };
} });

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/* Nobody but the client sees these: the same call again brings the answer. */
const passing = {
  'reset before': instead({ isLost: true }),
  'reset after': () => ({ after: () => ({ isLost: true }) }),
  'half an answer': () => ({ after: (answer) => ({ ...answer, isCut: true }) }),
  '429': instead(refusal(429, 'TooManyRequestsException', 'Rate exceeded')),
  '429 Retry-After': instead(refusal(429, 'TooManyRequestsException',
    'Rate exceeded', { 'retry-after': '1' })),
  '500': instead(refusal(500, 'ServiceException', 'it happens')),
  '500 after': () => ({ after: () =>
    refusal(500, 'ServiceException', 'it happens') }),
  '502 of a proxy': instead({ status: 502, body: '<html>Bad Gateway</html>',
    headers: { 'content-type': 'text/html' } }),
  '503 without a body': instead({ status: 503 }),
};

function passingFaults() {
  const all = {};
  for (const [name, make] of Object.entries(passing))
    for (const at of [1, 5, late])
      all[`${name} at ${at}`] = { fault: calls(at, 1, again(make)),
        check: name === '429 Retry-After' && ((run) => run.ms > 1000 ||
          run.problem('it did not wait')) || undefined };
  all['twice reset'] = { fault: calls(3, 2, again(passing['reset before'])) };
  all['reset, then 500'] = { fault: calls(3, 2, again((run, call) =>
    passing[run.calls === 3 ? 'reset after' : '500'](run, call))) };
  return all;
}

/* The invocation ends with an error, and the next goes on. */
const stale = (text) => instead(
  refusal(400, 'InvalidParameterValueException', text));
const body = (text) => () => ({ after: (answer) => ({ ...answer, body: text }) });
const ending = {
  'stale token': [1, stale('Invalid checkpoint token')],
  'STALE TOKEN': [1, stale('INVALID CHECKPOINT TOKEN: it was used')],
  'Stale Token': [1, stale('Invalid Checkpoint Token')],
  '429 again and again': [attempts, passing['429']],
  '500 again and again': [attempts, passing['500']],
  'reset again and again': [resets, passing['reset before']],
  'reset after, for good': [resets, passing['reset after']],
  'an HTML page': [1, body('<html>welcome</html>')],
  'no body': [1, body('')],
  'an array': [1, body('[]')],
  'rubbish': [1, body('\u0000{"CheckpointToken":\u0001')],
};

function endingFaults() {
  const all = {};
  for (const [name, [n, make]] of Object.entries(ending))
    for (const at of [1, late])
      all[`${name} at ${at}`] = { fault: calls(at, n, make), repeats: 1, cuts: true,
        invocations: 'Runtime.CheckpointFailed' };
  return all;
}

/* Trying again cannot help: the execution has failed. */
const kms = ['KMSAccessDeniedException', 'KMSDisabledException',
  'KMSInvalidStateException', 'KMSNotFoundException'];
const final = {
  'no permission': [refusal(403, 'AccessDeniedException', 'User: x is not ' +
    'authorized to perform: lambda:CheckpointDurableExecution'),
  /AccessDenied.*role needs lambda:CheckpointDurableExecution/],
  'another 400': [refusal(400, 'InvalidParameterValueException',
    'STEP output payload size must be less'), /payload size must be less/],
  '404': [refusal(404, 'ResourceNotFoundException', 'no'), /ResourceNotFound/],
  'expired credentials': [refusal(403, 'ExpiredTokenException',
    'The security token included in the request is expired'), /ExpiredToken/],
  ...Object.fromEntries(kms.map((type) => [type,
    [refusal(502, type, 'the key is gone'), new RegExp(type)]])),
};

function finalFaults() {
  const all = {};
  for (const [name, [answer, error]] of Object.entries(final))
    for (const at of [1, late])
      all[`${name} at ${at}`] = { fault: calls(at, 99, instead(answer)),
        fails: { error }, check: (run) => run.calls === at ||
          run.problem(`there were calls behind it: ${run.calls}`) };
  return all;
}

/* What changed by itself is told once: without it nobody could go on. */
const wasSent = ({ Id }, call) => JSON.parse(call.body).Updates
  .some((update) => update.Id === Id);

/* Answers that are odd, and good enough. */
const odd = {
  'unknown members': edit((answer) => {
    answer.Weather = { Operations: [{ Id: 1 }] };
    answer.NewExecutionState.Mood = ['fine'];
    for (const operation of answer.NewExecutionState.Operations)
      Object.assign(operation, { Colour: 'red', TeleportDetails: { to: 5 } });
  }),
  'unknown statuses': edit((answer, run, call) => {
    for (const operation of answer.NewExecutionState.Operations)
      if (wasSent(operation, call))
        operation.Status = 'PONDERING';
  }),
  'what was sent is not told': edit((answer, run, call) => {
    answer.NewExecutionState.Operations = answer.NewExecutionState.Operations
      .filter((operation) => !wasSent(operation, call));
  }),
  'no NewExecutionState': edit((answer) => {
    if (answer.NewExecutionState.Operations.length === 0)
      delete answer.NewExecutionState;
  }),
  'null for a marker': edit((answer) => {
    answer.NewExecutionState.NextMarker = null;
  }),
  'all operations each time': (run) => edit((answer) => {
    answer.NewExecutionState.Operations = JSON.parse(
      run.one.toWire(run.one.engine.state));
  })(run),
  'slow': () => ({ after: (answer) => sleep(150).then(() => answer) }),
};

function oddFaults() {
  const all = {};
  for (const [name, make] of Object.entries(odd))
    all[name] = { fault: calls(1, 99, make) };
  for (const at of [1, 3, 6])
    /* On a busy machine a START may go alone, and its command is ended. */
    all[`no token at ${at}`] = { cuts: true, repeats: 1, fault: calls(at, 1, edit((answer, run) => {
      delete answer.CheckpointToken;
      run.one.isClosing = true;
    })) };

  all['an operation of an unknown type'] = { fails: { error: /teleport-1.*Type/ },
    fault: calls(4, 1, edit((answer) =>
      answer.NewExecutionState.Operations.push({ Id: 'teleport-1',
        Type: 'TELEPORT', Status: 'STARTED', StartTimestamp: 1 }))) };
  return all;
}

/* An operation that the flow has nothing to do with. */
const operation = (Id, more = {}) => ({ Id, Type: 'STEP', SubType: 'Other',
  Name: `other ${Id.slice(-4)}`, Status: 'SUCCEEDED',
  StartTimestamp: new Date(1e12), EndTimestamp: new Date(1e12 + 1),
  StepDetails: { Attempt: 1, Result: `"${Id}"` }, ...more });
const many = Array.from({ length: 10000 }, (_, i) =>
  operation(`${String(i).padStart(32, '0')}-00000000000000aa`));

/* At the n-th page. */
function page(n, make) {
  let pages = 0;
  return { options: { page: 1 }, fault: (run, call) => {
    if (call.request.method !== 'GET' || ++pages !== n)
      return null;
    run.fired = true;
    return make(run, call);
  } };
}

function lostPages() {
  const all = {};
  for (const [name, make] of Object.entries(passing))
    all[`${name} at a page`] = page(3, make);
  for (const [name, [, make]] of Object.entries(ending).slice(0, 3))
    all[`${name} at a page`] = { ...page(3, make), cuts: true, repeats: 1,
      invocations: 'Runtime.CheckpointFailed' };
  all['no permission for a page'] = { ...page(3,
    instead(final['no permission'][0])), fails: { error: /AccessDenied/ } };
  return all;
}

function pageFaults() {
  return {
    ...lostPages(),
    '10000 operations in pages': { operations: many, options: { page: 1000 },
      check: (run) => run.ms < 120000 || run.problem('it took very long') },
    'an execution of another SDK': { operations:
      [operation('c4ca4238a0b92382', { SubType: 'Step' })],
    fails: { error: /c4ca4238a0b92382 is not of durable/ } },
    'operations of a later service': { operations:
      [operation('teleport-1', { Type: 'TELEPORT' })],
    fails: { error: /teleport-1.*Type/ } },
    'pages of one': { options: { page: 1 } },
    'pages of two, each second one empty': {
      options: { page: 2, emptyPages: true } },
    'the same marker again': { options: { page: 1 },
      invocations: /^Runtime.CheckpointFailed( Runtime.CheckpointFailed)*$/,
      repeats: 1, cuts: true,
      fault: (run, { request }) => {
        const marker = new URL(request.url, 'http://x').searchParams
          .get('Marker');
        if (!marker || (run.fired ?? 0) >= 2)
          return null;
        run.fired = (run.fired ?? 0) + 1;
        return edit((answer) => {
          answer.NextMarker = marker;
        })(run);
      } },
  };
}

/* The runtime is killed at its n-th call, for every n that there is. */
const killsAtOnce = 3;
function killed(when, at) {
  return { [`killed ${when} call ${at}`]: { options: { kill: { when, at } },
    cuts: true, repeats: 1, invocations: /^(Runtime.ExitError)?$/,
    follow: ({ one }) =>
      one.counts.kills ? killed(when, at + killsAtOnce) : {} } };
}

function killFaults({ log }) {
  const all = {};
  for (let at = 1; at <= killsAtOnce; at++)
    Object.assign(all, killed('before', at), killed('after', at));
  /* By the command of a step, which knows who is above it. */
  for (const step of ['a', 'm', 'in-l', 'r', 'in-k', 'item-2'].filter((name) =>
    log.includes(`start ${name}`)))
    for (const who of ['client', 'flow', 'durable-lambda', 'all'])
      all[`step ${step} kills ${who}`] = { cuts: true, repeats: 1,
        options: { env: { KILL: `${step} ${who}` } },
        violation: /UnrecognizedClient/, /* of one who is dead */
        /* The shell above goes on until the engine ends it. */
        races: who === 'client' && step,
        invocations: 'Runtime.ExitError' };
  return all;
}

/* While it is frozen its connections die. */
function frozenFaults() {
  const lost = (run, call) => {
    const { socket } = call.request;
    const now = run.one.counts.invocations;
    run.sockets = (run.sockets ?? new Set()).add(socket);
    socket.born ??= now;
    if (run.again && !run.again.equals(call.body))
      run.problem('it was sent again with other bytes');
    run.again = null;
    if (socket.born === now)
      return null;
    run.fired = true;
    run.again = call.body;
    return { instead: () => ({ isLost: true }) };
  };
  const check = (run) => run.sockets.size <= run.one.counts.invocations ||
    run.problem(`${run.sockets.size} connections`);
  return {
    'closed while it was frozen': { begins: (run) =>
      run.api.server.closeIdleConnections() },
    'forgotten while it was frozen': { fault: lost, check },
  };
}

/* Credentials from an endpoint, as after a snapshot, may be had again. */
function credentialFaults() {
  const fault = calls(4, 1, again(instead(final['expired credentials'][0])));
  const env = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SESSION_TOKEN: undefined, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'magic' };
  return {
    'new credentials': { options: { env }, fault,
      prepare: async (run, service) => {
        run.server = createServer((request, response) => {
          const { accessKeyId, secretAccessKey, sessionToken } =
            service.pool.all[0].credentials;
          run.loads = (run.loads ?? 0) + 1;
          if (request.headers.authorization !== 'magic')
            run.problem('credentials were asked for without the token');
          response.end(JSON.stringify({ AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey, Token: sessionToken,
            Expiration: new Date(Date.now() + 3600e3).toISOString() }));
        });
        await new Promise((done) => run.server.listen(0, '127.0.0.1', done));
        service.options.env.AWS_CONTAINER_CREDENTIALS_FULL_URI =
          `http://127.0.0.1:${run.server.address().port}/here`;
      },
      finish: (run) => run.server.close(),
      check: (run) => run.loads === 2 ||
        run.problem(`they were loaded ${run.loads} times`) },
    'a clock that is late': { options: { skew: 3600e3 },
      violation: /Signature expired/, check: (run) =>
        run.service.violations.length === 1 ||
        run.problem(`refused ${run.service.violations.length} times`) },
    'a clock that is early': { options: { skew: -3600e3 },
      violation: /Signature expired/, check: (run) =>
        run.service.violations.length === 1 ||
        run.problem(`refused ${run.service.violations.length} times`) },
  };
}

/* The invocation is over in time, and not because it was killed: a time that
 * a busy machine keeps too. */
function silentFaults() {
  const all = {};
  for (const at of [1, 5, late]) {
    all[`no answer at ${at}`] = { fault: calls(at, 1, () => ({
      instead: () => new Promise(() => {}) })) };
    all[`an answer behind the deadline at ${at}`] = { fault: calls(at, 1, () => ({
      after: (answer) => sleep(12500).then(() => answer) })) };
  }
  for (const kind of Object.values(all))
    Object.assign(kind, { options: { timeout: 12 }, cuts: true, repeats: 1,
      invocations: 'Runtime.CheckpointFailed' });
  return all;
}

/* A script, or the runtime, is killed at any time, in each invocation. */
function randomKill(run) {
  const kill = () => {
    const [sandbox] = run.service.pool.all;
    if (run.one?.isOver || !sandbox?.processes || sandbox.isDead)
      return;
    /* The runtime or the script itself: who else is killed has failed. */
    const root = sandbox.process.pid;
    const all = sandbox.processes.list()
      .filter(({ pid, parent }) => pid === root || parent === root);
    const one = all[Math.floor(Math.random() * all.length)];
    if (!one || run.one.counts.invocations > 20)
      return;
    run.killed = (run.killed ?? 0) + 1;
    process.kill(one.pid, 'SIGKILL');
  };
  setTimeout(kill, Math.random() * 120);
}

function randomFaults() {
  const all = {};
  for (let i = 1; i <= Number(process.env.FAULTS_RANDOM ?? 12); i++)
    all[`killed at random ${i}`] = { begins: randomKill, cuts: true,
      repeats: 40, invocations: /^(Runtime.ExitError ?)*$/,
      violation: /UnrecognizedClient|checkpoint token/,
      options: { maximumFailures: 50 } };
  return all;
}

/* The Runtime API, at its n-th call of a name. */
function runtimeFaults() {
  const at = (name, n, fault, more = {}) => ({ runtimeFault: (run, url) => {
    if (!url.endsWith(name))
      return null;
    run.fired = (run.fired ?? 0) + 1;
    return run.fired === n ? fault : null;
  }, ...more });
  const ends = { cuts: true, repeats: 1,
    invocations: /^(Runtime.ExitError)?$/ };
  const twice = { violation: /InvalidStateTransition/ };
  return {
    'next: reset': at('/next', 1, { isLost: true }),
    'next: reset between events': at('/next', 2, { isLost: true }),
    'next: no event': at('/next', 1, { share: 0 }),
    'next: half an event': at('/next', 2, { share: 0.5 }),
    'next: 500': at('/next', 2, { status: 500 }, ends),
    'response: reset before': at('/response', 1, { isLost: true }),
    'response: reset after': at('/response', 1, { share: 0 }, twice),
    'response: half an answer': at('/response', 2, { share: 0.5 }, twice),
    'response: 500': at('/response', 1, { status: 500 }, ends),
  };
}

export const groups = { random: randomFaults, runtime: runtimeFaults, silent: silentFaults, kills: killFaults, frozen: frozenFaults,
  credentials: credentialFaults, passing: passingFaults, ending: endingFaults,
  final: finalFaults, odd: oddFaults, pages: pageFaults };
