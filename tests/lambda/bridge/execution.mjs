/*
 * execution.mjs - one durable execution: its invocations, timers, chained
 * invokes and callbacks, around the engine that keeps what happened.
 *
 * An invocation is running, or the execution is idle until something is due.
 * Whatever ends by itself calls #wake(): with an invocation running that is
 * told by the next checkpoint, else there is a new one. With skipped time
 * nothing does during an invocation but for one who polls, so that events have
 * the order of real time, where a wait is longer than the way to its end.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Actor } from './actor.mjs';
import { Clock } from './clock.mjs';
import { Engine, Refusal } from './engine.mjs';
import { checkUpdates } from './rules.mjs';
import { outcome as parseOutcome } from './shapes.mjs';

const inlineLimit = { true: 1048576, false: 6291456 };

const staleToken = () => new Refusal('Invalid checkpoint token');

export class Execution {
  status = 'RUNNING';
  counts = { invocations: 0, checkpoints: 0, updates: 0, calls: 0, failed: 0,
    kills: 0 };
  violations = [];
  #invocation = null; /* {id, token, sandbox, isFirst} */
  #last = null; /* the last call that was applied, for one sent again */
  #markers = new Map(); /* pages that are to be fetched */
  #pages = 0;
  isClosing = false; /* it was told that it may checkpoint no more */
  #children = 0;
  #late = []; /* those that ended during an invocation, with skipped time */
  #failures = 0; /* invocations in a row */
  #ended = [];
  #tokens = new Set(); /* that this invocation has used up */

  /*
   * bridge gives {pool, options, startChild}; fn is the function, payload the
   * input's text, name the execution's or undefined.
   */
  constructor(bridge, { fn, qualifier, payload, name, isAsync, actions,
    kill, depth = 0 }) {
    this.bridge = bridge;
    this.fn = fn;
    this.qualifier = qualifier;
    this.name = name ?? randomUUID();
    this.payload = payload;
    this.isAsync = isAsync;
    this.depth = depth;
    this.kill = kill ?? (depth === 0 ? bridge.options.kill : null);
    this.clock = new Clock();
    this.began = this.clock.now();
    this.engine = new Engine({ clock: this.clock, payload,
      asIs: bridge.options.asIs, timeout: bridge.options.executionTimeout,
      changed: () => this.#wake() });
    this.functionArn = `arn:aws:lambda:${bridge.options.region}:` +
      `${bridge.options.account}:function:${fn.name}:${qualifier}`;
    this.arn = `${this.functionArn}/durable-execution/${this.name}/${
      this.engine.execution}`;
    this.actor = actions && new Actor(this, actions);
  }

  start() {
    this.clock.at(this.began + this.bridge.options.executionTimeout * 1000,
      () => this.#timesOut(), true);
    this.#invoke();
    return this;
  }

  get isOver() {
    return this.status !== 'RUNNING';
  }

  /* Resolves when it has ended, and no invocation of it runs any more. */
  ended() {
    if (this.isOver && !this.#invocation)
      return Promise.resolve();
    return new Promise((resolve) => this.#ended.push(resolve));
  }

  violation(text) {
    this.violations.push(text);
    this.bridge.violation(text, this.arn);
  }

  /* ---- invocations ---- */

  async #invoke() {
    if (this.#invocation || this.isOver)
      return;
    const invocation = { isFirst: this.counts.invocations === 0 };
    const { skipTime } = this.bridge.options;
    this.#invocation = invocation;
    if (skipTime)
      this.clock.hold(skipTime === 'all');
    this.counts.invocations++;
    this.#tokens.clear();
    this.#markers.clear();
    this.#last = null;
    invocation.sandbox = await this.bridge.pool.take(this.fn);
    if (this.isOver) {
      this.#invocation = null;
      invocation.sandbox.isTaken = false;
      this.#finish();
      return;
    }
    if (invocation.isFirst) {
      invocation.id = this.engine.firstInvocation;
      invocation.token = this.engine.firstToken;
      invocation.updated = [this.engine.execution];
    } else {
      invocation.id = randomUUID();
      Object.assign(invocation, this.engine.startInvocation(invocation.id));
    }
    const outcome = await invocation.sandbox.invoke({ id: invocation.id,
      arn: this.functionArn, event: this.#event(invocation),
      counted: () => this.counted() });
    this.#invocationEnds(invocation, outcome);
  }

  #event({ token, updated }) {
    const [Operations, NextMarker] =
      this.#page(this.engine.state, this.bridge.options.page, token);
    return JSON.stringify({
      DurableExecutionArn: this.arn,
      CheckpointToken: token,
      InitialExecutionState: { Operations, NextMarker: NextMarker ?? '' },
      UpdatedOperationIds: updated,
    }, this.#withTimes((time) => time));
  }

  /* For JSON: times as the runtime's own clock has them. */
  #withTimes(convert) {
    const { clock } = this;
    return function replace(key, value) {
      return this[key] instanceof Date ? convert(clock.real(this[key])) : value;
    };
  }

  toWire(answer) {
    return JSON.stringify(answer, this.#withTimes((time) => time / 1000));
  }

  #invocationEnds(invocation, outcome) {
    let error = outcome.error;
    let answer = null;
    if (outcome.answer !== undefined) {
      answer = this.#readAnswer(outcome.answer);
      error = answer.Status === 'FAILED' ? answer.Error : undefined;
    }
    this.engine.endInvocation(invocation.id, error);
    this.#invocation = null;
    this.clock.release();
    if (this.isOver || this.engine.isOver)
      this.#finish(this.engine.operation(this.engine.execution).Status);
    else if (!answer)
      this.#invocationFailed(error);
    else
      this.#answered(answer);
  }

  #readAnswer(text) {
    let answer = null;
    let reason = 'Invalid Status in invocation output.';
    try {
      answer = parseOutcome(text);
    } catch (error) {
      reason = error.message;
    }
    if (answer)
      return answer;
    this.violation(`the response is no outcome: ${text.slice(0, 200)}`);
    return { Status: 'FAILED', Error: {
      ErrorType: 'InvalidParameterValueException', ErrorMessage: reason } };
  }

  #answered(answer) {
    this.#failures = 0;
    if (answer.Status === 'PENDING')
      this.#suspended();
    else
      this.#end(answer.Status, { payload: answer.Result ?? undefined,
        error: answer.Error });
  }

  #suspended() {
    this.#tellLate();
    if (this.engine.hasNews || this.isClosing) {
      this.isClosing = false;
      this.#invoke();
    } else if (!this.engine.isPending) {
      this.violation('PENDING with nothing pending');
      this.#end('FAILED', { error: {
        ErrorType: 'InvalidParameterValueException',
        ErrorMessage:
          'Cannot return PENDING status with no pending operations.' } });
    } else {
      this.#idle();
    }
  }

  #invocationFailed(error) {
    const { maximumFailures } = this.bridge.options;
    this.counts.failed++;
    if (++this.#failures >= maximumFailures) {
      this.#end('FAILED', { error });
      return;
    }
    this.#tellLate();
    const delay = Math.min(250 * 2 ** (this.#failures - 1), 30000);
    this.clock.at(this.clock.now() + delay, () => this.#invoke());
    this.#idle();
  }

  /* ---- what ends by itself ---- */

  #wake() {
    if (this.#invocation || this.isOver)
      return;
    if (this.#failures === 0)
      setImmediate(() => this.#invoke());
    else
      this.#idle(); /* the next try has its own time */
  }

  /* Nothing runs: the one outside acts, else time may be skipped. */
  #idle() {
    setImmediate(() => {
      if (this.#invocation || this.isOver || this.#children > 0)
        return;
      this.actor?.prepare();
      const { skipTime } = this.bridge.options;
      if (skipTime)
        this.clock.jump(skipTime === 'all');
    });
  }

  #schedule(update) {
    const { WaitDetails, StepDetails } = this.engine.operation(update.Id);
    if (update.Type === 'WAIT' && update.Action === 'START')
      this.#due(update.Id, WaitDetails.ScheduledEndTimestamp, 'SUCCEEDED');
    else if (update.Type === 'STEP' && update.Action === 'RETRY')
      this.#due(update.Id, StepDetails.NextAttemptTimestamp, 'READY');
    else if (update.Type === 'CHAINED_INVOKE' && update.Action === 'START')
      this.#startChild(update);
  }

  #due(id, time, status) {
    this.clock.at(time.getTime(), () => {
      this.engine.update(id, status);
      this.#wake();
    });
  }

  #startChild(update) {
    const { FunctionName, TenantId } = update.ChainedInvokeOptions;
    const input = update.Payload ?? '{}';
    const child = this.bridge.startChained(FunctionName, input,
      this.depth + 1);
    this.engine.describeInvoke(update.Id, {
      FunctionName, TenantId, Input: { Payload: input },
      ExecutedVersion: child.version, DurableExecutionArn: child.arn ?? '' });
    if (child.failed) {
      this.#childEnds(update.Id, 'FAILED', { Error: child.failed });
      return;
    }
    this.#children++;
    child.ended.then(({ status, details }) => {
      this.#children--;
      this.#late.push(() => this.#childEnds(update.Id, status, details));
      if (!this.#invocation || !this.bridge.options.skipTime)
        this.#tellLate();
    });
  }

  /* Says whether there was one. */
  #tellLate() {
    const ends = this.#late.splice(0);
    for (const end of ends)
      end();
    return ends.length > 0;
  }

  #childEnds(id, status, ChainedInvokeDetails) {
    if (this.isOver)
      return;
    this.engine.update(id, status, { details: { ChainedInvokeDetails } });
    this.#wake();
  }

  /* ---- the end ---- */

  #timesOut() {
    const seconds = this.bridge.options.executionTimeout;
    this.#end('TIMED_OUT', { error: { ErrorType: 'Execution.Timeout',
      ErrorMessage: `Execution timed out after ${seconds} seconds.` } });
  }

  stop(error) {
    if (!this.isOver)
      this.#end('STOPPED', { error });
    return this.endTime;
  }

  #end(status, { payload, error } = {}) {
    const limit = inlineLimit[Boolean(this.isAsync)];
    if (status === 'SUCCEEDED' && Buffer.byteLength(payload ?? '') > limit) {
      this.#end('FAILED', { error: { ErrorMessage: 'Execution output payload ' +
        `size must be less than or equal to ${limit} bytes.` } });
      return;
    }
    if (!this.engine.isOver) {
      this.engine.update(this.engine.execution, status, { payload, error });
      this.result = status === 'SUCCEEDED' ? payload : undefined;
      this.error = error;
    }
    this.#finish(status);
  }

  #finish(status) {
    if (!this.isOver) {
      this.status = status;
      this.endTime = new Date(this.clock.now());
      this.clock.stop();
    }
    if (this.#invocation)
      return;
    for (const resolve of this.#ended.splice(0))
      resolve();
  }

  /* ---- the API ---- */

  /* Counts a call; says whether the sandbox is to be killed: before, after. */
  counted() {
    this.counts.calls++;
    if (this.counts.calls !== this.kill?.at)
      return null;
    this.counts.kills++;
    return this.kill.when;
  }

  killSandbox() {
    this.#invocation?.sandbox?.kill();
  }

  #checkToken(token, sandbox) {
    const invocation = this.#invocation;
    if (invocation?.token === token && !this.isOver)
      return;
    /* No fault of one that cannot know, or is being killed. */
    const isCurrent = invocation && invocation.sandbox === sandbox;
    if (!this.isOver && isCurrent && !sandbox.isDead)
      this.violation(`${this.#tokens.has(token) ? 'a used' : 'an unknown'} ` +
        'checkpoint token');
    else if (!invocation && sandbox && !sandbox.isDead)
      this.violation('a call after the response');
    throw staleToken();
  }

  checkpoint(request, body, sandbox) {
    const { CheckpointToken, ClientToken, Updates = [] } = request;
    const hash = createHash('sha256').update(body).digest('hex');
    if (ClientToken && this.#last?.client === ClientToken &&
      this.#last.token === CheckpointToken) {
      if (this.#last.hash !== hash)
        this.violation('a client token again, with another body');
      return this.#last.answer;
    }
    this.#checkToken(CheckpointToken, sandbox);
    checkUpdates(Updates, (id) => this.engine.operation(id));
    const { token, operations } =
      this.engine.checkpoint(CheckpointToken, Updates);
    this.#tokens.add(CheckpointToken);
    this.#invocation.token = token;
    this.counts.checkpoints++;
    this.counts.updates += Updates.length;
    for (const update of Updates) {
      if (update.Type === 'EXECUTION')
        this.#checkpointedEnd(update);
      else
        this.#schedule(update);
    }
    if (operations.length === 0)
      this.#skipForPoll(Updates);
    /* What a chained invoke became at once is in the answer as well. */
    const ids = [...operations, ...this.engine.takeNews()].map(({ Id }) => Id);
    const all = [...new Set(ids)].map((id) => this.engine.operation(id));
    const [Operations, NextMarker] =
      this.#page(all, this.bridge.options.page, token);
    const answer = { ...(!this.engine.isOver && { CheckpointToken: token }),
      NewExecutionState: { Operations, NextMarker } };
    this.#last = { client: ClientToken, token: CheckpointToken, hash,
      answer: structuredClone(answer) };
    return answer;
  }

  /* One who polls has other work: with skipped time what comes is there then. */
  #skipForPoll(updates) {
    const { skipTime } = this.bridge.options;
    if (!skipTime || updates.length > 0 || this.#tellLate())
      return;
    if (this.#children === 0)
      this.clock.jump(false);
  }

  #checkpointedEnd({ Action, Payload, Error }) {
    this.result = Action === 'SUCCEED' ? Payload : undefined;
    this.error = Error;
    this.#finish(Action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED');
  }

  state({ CheckpointToken, Marker, MaxItems }, sandbox) {
    this.#checkToken(CheckpointToken, sandbox);
    const limit = Math.min(Number(MaxItems) || 100,
      this.bridge.options.page || Infinity);
    let operations = this.engine.state;
    if (Marker) {
      const page = this.#markers.get(Marker);
      if (!page || page.token !== CheckpointToken) {
        this.violation(`marker ${Marker} does not belong to the token`);
        throw new Refusal('Invalid marker');
      }
      operations = page.rest;
    }
    const [Operations, NextMarker] =
      this.#page(operations, limit, CheckpointToken);
    return { Operations, NextMarker };
  }

  /* The first so many, and the marker of the others. */
  #page(operations, limit, token) {
    if (!limit || operations.length <= limit)
      return [operations, undefined];
    const marker = Buffer.from(randomUUID()).toString('base64');
    const { emptyPages } = this.bridge.options;
    const n = emptyPages && this.#pages++ % 2 === 0 ? 0 : limit;
    this.#markers.set(marker, { token, rest: operations.slice(n) });
    return [operations.slice(0, n), marker];
  }

  callback(what, id, argument) {
    if (what === 'succeed')
      this.engine.callbackSucceeds(id, argument);
    else if (what === 'fail')
      this.engine.callbackFails(id, argument);
    else
      this.engine.heartbeat(id);
    if (what !== 'heartbeat')
      this.#wake();
    else
      this.#idle();
  }
}
