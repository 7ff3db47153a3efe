/*
 * sandbox.mjs - one runtime process and the Runtime API that it talks to.
 *
 * Started as Lambda starts it, with an endpoint and credentials of its own;
 * stopped (SIGSTOP) between invocations, killed with all its processes at the
 * time limit. One invocation at a time; invoke() never rejects, but tells what
 * became of it: {answer: text}, or {error: ErrorObject} for one that failed.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, openSync, closeSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { Processes } from './processes.mjs';

const warning = 300; /* ms between TERM and KILL */
const maximumAnswer = 6291556;
const base = '/2018-06-01/runtime';

/* The whole body, or null when it was cut off. */
export function readBody(request) {
  return new Promise((resolve) => {
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => resolve(Buffer.concat(pieces)));
    request.on('aborted', () => resolve(null));
    request.on('error', () => resolve(null));
  });
}

function reply(response, status, body, headers = {}) {
  const bytes = Buffer.from(body);
  response.writeHead(status, { 'content-type': 'application/json',
    'content-length': bytes.length, ...headers });
  response.end(bytes);
}

/* What is written at the end is not, or not all of it. */
function cutShort(request, response, share) {
  const { write } = response;
  response.end = (bytes) => {
    if (share === 0)
      request.socket.resetAndDestroy();
    else
      write.call(response, bytes.subarray(0, bytes.length * share), () =>
        request.socket.destroy());
  };
}

export class Sandbox {
  credentials = {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(60).toString('base64'),
  };
  isDead = false;
  isTaken = false; /* by one who will call invoke() */
  busyMs = 0; /* from events to responses */
  #state = 'init'; /* idle: next waits; busy; answered: only next may come */
  #waiting = null; /* the response object of next */
  #current = null; /* {id, event, headers, done, timer} */
  #settled = []; /* called when idle, or dead */

  /*
   * fn is {name, command, handler, ...}; settings {region, url, timeout, env,
   * taskRoot, log, violation, isFrozen, temporary}.
   */
  constructor(fn, settings) {
    this.fn = fn;
    this.settings = settings;
  }

  get isIdle() {
    return !this.isDead && !this.isTaken && this.#state === 'idle';
  }

  get isSettling() {
    return !this.isDead && !this.isTaken && this.#state === 'answered';
  }

  async start() {
    this.server = createServer({ keepAliveTimeout: 0 }, (request, response) =>
      this.#serve(request, response));
    this.server.requestTimeout = 0;
    this.server.headersTimeout = 0;
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.server.unref();
    const api = `127.0.0.1:${this.server.address().port}`;
    this.folder = mkdtempSync(join(this.settings.temporary, 'sandbox-'));
    const log = openSync(this.settings.log(this.fn), 'a');
    this.began = performance.now();
    this.process = spawn('/bin/sh', ['-c', `exec ${this.fn.command}`], {
      cwd: this.settings.taskRoot, detached: true,
      stdio: ['ignore', log, log], env: this.#environment(api),
    });
    closeSync(log);
    this.process.unref();
    this.processes = new Processes(this.process.pid,
      `AWS_LAMBDA_RUNTIME_API=${api}`);
    this.process.on('exit', (code, signal) =>
      this.#exited(signal ? `signal: ${signal}` : `exit status ${code}`));
  }

  #environment(api) {
    const { settings, fn, credentials } = this;
    return {
      PATH: process.env.PATH,
      LANG: 'C.UTF-8',
      TZ: ':UTC',
      TMPDIR: this.folder, /* a sandbox has a /tmp of its own */
      _HANDLER: fn.handler,
      LAMBDA_TASK_ROOT: settings.taskRoot,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      AWS_LAMBDA_RUNTIME_API: api,
      AWS_REGION: settings.region,
      AWS_DEFAULT_REGION: settings.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      AWS_ENDPOINT_URL_LAMBDA: settings.url,
      AWS_LAMBDA_FUNCTION_NAME: fn.name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]bridge',
      AWS_LAMBDA_LOG_FORMAT: 'Text',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      ...settings.env,
    };
  }

  /* counted() is asked at the answer whether to kill it before, or after. */
  invoke({ id = randomUUID(), event, arn, counted }) {
    this.#thaw();
    return new Promise((resolve) => {
      const limit = this.settings.timeout * 1000;
      this.#current = { id, event, counted, done: resolve, headers: {
        'Lambda-Runtime-Aws-Request-Id': id,
        'Lambda-Runtime-Deadline-Ms': String(Date.now() + limit),
        'Lambda-Runtime-Invoked-Function-Arn': arn,
        'Lambda-Runtime-Trace-Id': `Root=1-${randomBytes(4).toString('hex')}-${
          randomBytes(12).toString('hex')};Sampled=0`,
      } };
      this.#current.timer = setTimeout(() => this.#timeIsUp(), limit);
      if (this.isDead)
        this.#finish({ error: { ErrorType: 'Runtime.ExitError',
          ErrorMessage: 'Runtime exited before it was invoked' } });
      else if (this.#waiting)
        this.#deliver();
    });
  }

  /* Resolves as soon as it can take an event, or never will. */
  settled() {
    if (!this.isSettling)
      return Promise.resolve();
    return new Promise((resolve) => this.#settled.push(resolve));
  }

  kill() {
    if (this.processes && !this.isDead)
      this.processes.signal('SIGKILL');
  }

  /* As Lambda does where there are extensions: TERM first. */
  async end() {
    if (!this.process || this.isDead)
      return;
    const exited = new Promise((done) => this.process.once('exit', done));
    this.#thaw();
    this.process.kill('SIGTERM');
    let timer;
    await Promise.race([exited, new Promise((done) => {
      timer = setTimeout(done, warning);
    })]);
    clearTimeout(timer);
  }

  close() {
    this.kill();
    this.isDead = true;
    this.server?.closeAllConnections();
    this.server?.close();
    if (this.folder)
      rmSync(this.folder, { recursive: true, force: true });
  }

  #deliver() {
    const response = this.#waiting;
    this.#waiting = null;
    this.#state = 'busy';
    this.#current.began = performance.now();
    reply(response, 200, this.#current.event, this.#current.headers);
  }

  #thaw() {
    if (this.isFrozen)
      this.processes.goOn();
    this.isFrozen = false;
  }

  #finish(outcome) {
    const current = this.#current;
    if (!current)
      return;
    this.#current = null;
    this.isTaken = false;
    clearTimeout(current.timer);
    current.done(outcome);
  }

  #timeIsUp() {
    const { id } = this.#current;
    this.#current.isTimeUp = true;
    this.kill();
    this.#finish({ error: { ErrorType: 'Sandbox.Timedout',
      ErrorMessage: `RequestId: ${id} Error: Task timed out after ${
        this.settings.timeout.toFixed(2)} seconds` } });
  }

  #exited(how) {
    this.processes.signal('SIGKILL');
    this.isDead = true;
    this.server.closeAllConnections();
    this.server.close();
    this.#finish({ error: { ErrorType: 'Runtime.ExitError',
      ErrorMessage: `RequestId: ${this.#current?.id} Error: Runtime exited ` +
        `with error: ${how}` } });
    for (const resolve of this.#settled.splice(0))
      resolve();
  }

  #violation(text) {
    this.settings.violation(`Runtime API: ${text}`, this.fn.name);
  }

  async #serve(request, response) {
    const fault = this.settings.fault?.(request.url);
    if (fault?.status || fault?.isLost) {
      const body = await readBody(request);
      if (fault.isLost)
        request.socket.resetAndDestroy();
      else if (body)
        reply(response, fault.status, '{"errorType":"Container.Error"}');
      return;
    }
    if (fault)
      cutShort(request, response, fault.share);
    const [, id, what] = /^\/2018-06-01\/runtime\/invocation\/([^/]+)\/(response|error)$/
      .exec(request.url) ?? [];
    if (request.method === 'GET' && request.url === `${base}/invocation/next`) {
      this.#next(response);
      return;
    }
    const body = await readBody(request);
    if (request.method === 'POST' && id)
      this.#answer(response, id, what, body, request.headers);
    else if (request.method === 'POST' && request.url === `${base}/init/error`)
      this.#initError(response, body);
    else
      this.#refuse(response, 404, 'NotFound',
        `no such call: ${request.method} ${request.url}`);
  }

  #next(response) {
    if (this.#state === 'busy') {
      reply(response, 200, this.#current?.event ?? '',
        this.#current?.headers); /* its connection broke: the same again */
      return;
    }
    if (this.initMs === undefined) {
      this.initMs = performance.now() - this.began;
      this.own = new Set(this.processes.list().map(({ pid }) => pid));
      this.initKiB = this.processes.memory(this.process.pid, 'VmRSS');
    }
    this.#state = 'idle';
    this.#waiting = response;
    response.on('close', () => {
      if (this.#waiting === response) {
        this.#waiting = null;
        this.#state = 'answered';
      }
    });
    if (this.#current) {
      this.#deliver();
    } else if (this.settings.freeze) {
      this.processes.signal('SIGSTOP');
      this.isFrozen = true;
    }
    for (const resolve of this.#settled.splice(0))
      resolve();
  }

  #refuse(response, status, type, message) {
    this.#violation(`${type}: ${message}`);
    reply(response, status,
      JSON.stringify({ errorType: type, errorMessage: message }));
  }

  #answer(response, id, what, body, headers) {
    if (body === null) {
      this.#violation(`a ${what} was cut off`);
      return;
    }
    if (this.#state !== 'busy' || !this.#current) {
      this.#refuse(response, 403, 'InvalidStateTransition',
        `a ${what} in state ${this.#state}`);
      return;
    }
    if (id !== this.#current.id) {
      this.#refuse(response, 400, 'InvalidRequestID', `a ${what} for ${id}`);
      return;
    }
    const kill = this.#current.counted?.();
    this.peakKiB = this.processes.memory(this.process.pid, 'VmHWM');
    this.busyMs += performance.now() - this.#current.began;
    if (kill === 'before') {
      this.kill();
      return;
    }
    this.#state = 'answered';
    if (body.length > maximumAnswer) {
      this.#refuse(response, 413, 'RequestEntityTooLarge',
        `${body.length} bytes, at most ${maximumAnswer}`);
      this.#finish({ error: { ErrorType: 'Function.ResponseSizeTooLarge',
        ErrorMessage: `Response payload size exceeded maximum allowed ` +
          `payload size (${maximumAnswer} bytes).` } });
      return;
    }
    this.#checkLeftovers();
    const outcome = what === 'response' ? { answer: body.toString('utf8') }
      : { error: this.#readError(body, headers) };
    if (kill === 'after')
      this.kill();
    else
      reply(response, 202, '{"status":"OK"}');
    this.#finish(outcome);
  }

  /* Who answers has reaped all that it started, or it runs on later. */
  #checkLeftovers() {
    const others = this.processes.list()
      .filter(({ pid }) => !this.own.has(pid))
      .map(({ pid }) => this.processes.command(pid)).filter(Boolean);
    if (others.length > 0 && !this.fn.isPlain)
      this.#violation(`answered while there was: ${others.join('; ')}`);
  }

  #readError(body, headers) {
    let error;
    try {
      error = JSON.parse(body);
    } catch {
      error = {};
    }
    const { errorMessage, errorType, stackTrace } = error ?? {};
    if (typeof errorMessage !== 'string' || typeof errorType !== 'string')
      this.#violation(`no errorMessage and errorType: ${body}`);
    const type = headers['lambda-runtime-function-error-type'];
    if (type !== undefined && !/^(Runtime|Function)\.[A-Z][A-Za-z]+$/.test(type))
      this.#violation(`Lambda-Runtime-Function-Error-Type: ${type}`);
    return { ErrorMessage: errorMessage, ErrorType: errorType,
      ...(Array.isArray(stackTrace) && { StackTrace: stackTrace }) };
  }

  #initError(response, body) {
    if (this.#state !== 'init') {
      this.#refuse(response, 403, 'InvalidStateTransition',
        `init/error in state ${this.#state}`);
      return;
    }
    this.#state = 'answered';
    const error = this.#readError(body, {});
    reply(response, 202, '{"status":"OK"}');
    this.#finish({ error });
  }
}
