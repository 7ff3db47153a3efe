/*
 * service.mjs - the functions and their executions: who is invoked, by which
 * name, and what becomes of it.
 */
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from './engine.mjs';
import { Execution } from './execution.mjs';
import { Pool } from './pool.mjs';

const maximumDepth = 16;

export const defaults = {
  region: 'us-east-1', account: '123456789012', timeout: 60,
  executionTimeout: 86400, maximumFailures: 10, page: 0, freeze: true,
  asIs: false, skipTime: null, kill: null, slow: 0, env: {}, taskRoot: process.cwd(),
};

export class Service {
  functions = new Map();
  executions = new Map(); /* by ARN */
  violations = [];
  /* Who is no runtime: a person, a cron job, a test. */
  caller = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };

  constructor(options) {
    this.options = { ...defaults, ...options };
    this.temporary = mkdtempSync(join(tmpdir(), 'bridge-'));
  }

  /* The API's URL is known: sandboxes can be started. */
  open(url) {
    const { region, timeout, env, taskRoot, freeze, logs } = this.options;
    this.url = url;
    this.pool = new Pool({ url, region, timeout, env, taskRoot, freeze,
      temporary: this.temporary,
      fault: (url) => this.options.runtimeFault?.(url),
      log: ({ name }) => logs ? join(logs, `${name}.log`) : '/dev/stderr',
      violation: (text, at) => this.violation(text, at) });
  }

  close() {
    this.pool.close();
    rmSync(this.temporary, { recursive: true, force: true });
  }

  addFunction({ name, command, handler, isPlain = false }) {
    this.functions.set(name, { name, command, isPlain,
      handler: handler ?? command.split(' ').at(-1) });
  }

  violation(text, at) {
    const line = JSON.stringify({ at, violation: text });
    this.violations.push({ at, text });
    if (this.options.violations)
      appendFileSync(this.options.violations, `${line}\n`);
    else
      process.stderr.write(`bridge: violation: ${line}\n`);
  }

  findCredentials(keyId) {
    return keyId === this.caller.accessKeyId ? this.caller
      : this.pool.find(keyId)?.credentials;
  }

  /*
   * A name, a partial or full ARN, each with or without a qualifier, which
   * may also stand apart: {fn, qualifier}.
   */
  resolve(text, apart) {
    const match = /^(?:(?:arn:aws:lambda:([^:]+):)?(\d{12}):function:|function:)?([a-zA-Z0-9_-]+)(?::([$a-zA-Z0-9_.-]+))?$/
      .exec(text);
    if (!match)
      throw new Refusal(`'${text}' is no function name`, 'ValidationException');
    const [, region, account, name, inside] = match;
    const qualifier = inside ?? apart;
    if ((account ?? this.options.account) !== this.options.account)
      throw new Refusal(
        'Cannot start a CHAINED_INVOKE on a function in another account.');
    if ((region ?? this.options.region) !== this.options.region)
      throw new Refusal(
        'Cannot start a CHAINED_INVOKE on a function in another region.');
    const fn = this.functions.get(name);
    if (!fn || !['$LATEST', '1', undefined].includes(qualifier))
      throw new Refusal(`Function not found: arn:aws:lambda:${
        this.options.region}:${this.options.account}:function:${name}:${
        qualifier ?? '$LATEST'}`, 'ResourceNotFoundException', 404);
    if (!fn.isPlain && !qualifier)
      throw new Refusal('You cannot invoke a durable function using an ' +
        'unqualified ARN.');
    return { fn, qualifier };
  }

  /* A new execution, or the one that has the name already. */
  start({ fn, qualifier, payload, name, isAsync, actions, kill, depth }) {
    for (const known of name ? this.executions.values() : []) {
      if (known.name !== name || known.fn !== fn)
        continue;
      if (known.payload !== payload || known.qualifier !== qualifier)
        throw new Refusal(`Execution already started: ${known.arn}`,
          'DurableExecutionAlreadyStartedException', 409);
      return known;
    }
    const execution = new Execution(this, { fn, qualifier, payload, name,
      isAsync, actions, kill, depth });
    this.executions.set(execution.arn, execution);
    return execution.start();
  }

  /* Runs a plain function; {answer} or {error}. */
  async callPlain(fn, event) {
    const sandbox = await this.pool.take(fn);
    const { region, account } = this.options;
    return sandbox.invoke({ event,
      arn: `arn:aws:lambda:${region}:${account}:function:${fn.name}` });
  }

  /* For execution.mjs: {version, arn, ended}, or {failed} at once. */
  startChained(text, payload, depth) {
    let target;
    try {
      target = this.resolve(text);
      if (depth > maximumDepth)
        throw new Refusal(`more than ${maximumDepth} chained invokes`);
    } catch (error) {
      return { version: '$LATEST', failed: { ErrorType: error.type,
        ErrorMessage: error.message } };
    }
    const { fn, qualifier } = target;
    if (fn.isPlain)
      return { version: '$LATEST', ended: this.callPlain(fn, payload)
        .then(({ answer, error }) => error
          ? { status: 'FAILED', details: { Error: error } }
          : limited(answer)) };
    const child = this.start({ fn, qualifier, payload, isAsync: true, depth });
    return { version: qualifier, arn: child.arn,
      ended: child.ended().then(() => child.status === 'SUCCEEDED'
        ? limited(child.result)
        : { status: child.status, details: { Error: child.error ?? {} } }) };
  }

  findExecution(arn) {
    const execution = this.executions.get(arn);
    if (!execution)
      throw new Refusal('Durable Execution does not exist',
        'ResourceNotFoundException', 404);
    return execution;
  }

  /* The execution that a callback's id belongs to. */
  findCallback(callbackId) {
    let id;
    try {
      id = JSON.parse(Buffer.from(callbackId, 'base64')).executionId;
    } catch {
      throw new Refusal('Invalid callback id');
    }
    const found = [...this.executions.values()]
      .find(({ engine }) => engine.id === id);
    if (!found)
      throw new Refusal('The callback is either timed out or already completed',
        'CallbackTimeoutException');
    return found;
  }
}

function limited(result) {
  if (Buffer.byteLength(result ?? '') > 1048576)
    return { status: 'FAILED', details: { Error: { ErrorMessage:
      'CHAINED_INVOKE output payload size must be less than or equal to ' +
      '1048576 bytes.' } } };
  return { status: 'SUCCEEDED', details: { Result: result } };
}
