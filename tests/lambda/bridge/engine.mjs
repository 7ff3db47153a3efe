/*
 * engine.mjs - AWS's local engine: one execution's operations and events.
 *
 * The storage, the validators and the processors are those of
 * @aws/durable-execution-sdk-js-testing, as published: its checkpoint server
 * is read from the package and run unchanged, but with a clock of our own, so
 * that each execution has its own time. It has no door for that, and none
 * into its classes, hence the wrapper.
 *
 * What it lacks against the service is put right here and nowhere else, in
 * the functions called amend...; with asIs nothing is.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import vm from 'node:vm';

const require = createRequire(import.meta.url);
const file = join(
  dirname(require.resolve('@aws/durable-execution-sdk-js-testing')),
  'checkpoint-server', 'index.js');
const wanted = [
  'ExecutionManager',
  'processCheckpointDurableExecution',
  'processGetDurableExecutionState',
  'processUpdateCheckpointData',
  'processCallbackSuccess',
  'processCallbackFailure',
  'processCallbackHeartbeat',
];
const load = vm.compileFunction(
  `${readFileSync(file, 'utf8')}\nreturn {${wanted.join(',')}};`,
  ['require', 'exports', 'module', 'setTimeout', 'clearTimeout', 'Date'],
  { filename: file });
const requireThere = createRequire(file);

const isOver = (status) => !['STARTED', 'PENDING', 'READY'].includes(status);

/* A request that the service refuses. */
export class Refusal extends Error {
  constructor(message, type = 'InvalidParameterValueException', status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export class Engine {
  #aws;
  #manager;
  #storage;
  #clock;
  #asIs;
  #invocations = [];

  /* changed() is called when an operation ends by itself. */
  constructor({ clock, asIs, payload, timeout, changed }) {
    const setTimeoutHere = (run, ms) => clock.at(clock.now() + ms, () => {
      run();
      this.#amendTimeouts();
      changed();
    }, true);
    const module = { exports: {} };
    this.#clock = clock;
    this.#asIs = asIs;
    this.#aws = load(requireThere, module.exports, module, setTimeoutHere,
      (id) => clock.cancel(id), clock.dateClass());
    this.#manager = new this.#aws.ExecutionManager();
    this.firstInvocation = randomUUID();
    this.id = randomUUID();
    const started = this.#manager.startExecution({
      executionId: this.id, invocationId: this.firstInvocation, payload });
    this.#storage = this.#manager.getCheckpointsByExecution(this.id);
    this.firstToken = started.checkpointToken;
    this.execution = started.operationEvents[0].operation.Id;
    if (!asIs)
      started.operationEvents[0].events[0].ExecutionStartedDetails
        .ExecutionTimeout = timeout;
  }

  operation(id) {
    return this.#storage.getOperationData(id)?.operation;
  }

  get operations() {
    return [...this.#storage.getAllOperationData().values()]
      .map(({ operation }) => operation);
  }

  /* What a new invocation is told; children of ended contexts are left out. */
  get state() {
    return this.#aws.processGetDurableExecutionState(this.id, this.#manager)
      .Operations;
  }

  get events() {
    return [...this.#storage.getAllOperationData().values()]
      .flatMap(({ events }) => events)
      .concat(this.#invocations)
      .sort((a, b) => a.EventId - b.EventId);
  }

  get isOver() {
    return isOver(this.operation(this.execution).Status);
  }

  get hasNews() {
    return this.#storage.hasDirtyOperations();
  }

  /* What has changed and was not told yet; it counts as told then. */
  takeNews() {
    return this.#storage.getDirtyOperations();
  }

  /* Whether the service will bring something about by itself. */
  get isPending() {
    return this.operations.some(({ Type, Status }) => Type !== 'EXECUTION' &&
      (Status === 'PENDING' || Status === 'READY' ||
        (Status === 'STARTED' &&
          ['WAIT', 'CALLBACK', 'CHAINED_INVOKE'].includes(Type))));
  }

  startInvocation(invocationId) {
    const { checkpointToken, updatedOperationIds } =
      this.#manager.startInvocation({ executionId: this.id, invocationId });
    return { token: checkpointToken, updated: updatedOperationIds };
  }

  endInvocation(invocationId, error) {
    const { event } =
      this.#manager.completeInvocation(this.id, invocationId, error);
    if (!error && !this.#asIs)
      delete event.InvocationCompletedDetails.Error;
    this.#invocations.push(event);
  }

  /* Applies the updates; returns the next token and what has changed. */
  checkpoint(token, updates) {
    const before = new Map();
    for (const { Id } of updates)
      before.set(Id, structuredClone(this.operation(Id)));
    const output = refusing(() => this.#aws.processCheckpointDurableExecution(
      this.id, { CheckpointToken: token, Updates: updates }, this.#manager));
    if (!this.#asIs) {
      for (const update of updates)
        this.#amendUpdate(update, before.get(update.Id));
    }
    return { token: output.CheckpointToken,
      operations: output.NewExecutionState.Operations };
  }

  /* Ends a wait, makes a retry ready, ends a chained invoke or the whole. */
  update(id, status, { details, payload, error } = {}) {
    const EndTimestamp = isOver(status) ? new Date(this.#clock.now()) : undefined;
    this.#aws.processUpdateCheckpointData(this.id, id,
      { Status: status, ...(EndTimestamp && { EndTimestamp }), ...details },
      payload, error, this.#manager);
    const event = this.#lastEvent(id);
    if (!this.#asIs && event?.EventType === 'ChainedInvokeSucceeded')
      event.ChainedInvokeSucceededDetails.Result ??= {};
    if (!this.#asIs && event?.EventType === 'ExecutionSucceeded')
      event.ExecutionSucceededDetails.Result ??= {};
    if (!this.#asIs && event?.EventType === 'ExecutionFailed')
      event.ExecutionFailedDetails.Error ??= {};
  }

  /* The one who knows a chained invoke's execution tells its event. */
  describeInvoke(id, details) {
    if (!this.#asIs)
      Object.assign(this.#lastEvent(id).ChainedInvokeStartedDetails, details);
  }

  callbackSucceeds(callbackId, bytes) {
    this.#openCallback(callbackId);
    this.#aws.processCallbackSuccess(callbackId, bytes, this.#manager);
  }

  callbackFails(callbackId, error) {
    this.#openCallback(callbackId);
    this.#aws.processCallbackFailure(callbackId, error, this.#manager);
  }

  heartbeat(callbackId) {
    const operation = this.#openCallback(callbackId);
    const started = this.#storage.getOperationData(operation.Id).events
      .find(({ CallbackStartedDetails }) => CallbackStartedDetails);
    if (started.CallbackStartedDetails.HeartbeatTimeout)
      this.#aws.processCallbackHeartbeat(callbackId, this.#manager);
  }

  /* The package answers a callback again and again; the service does not. */
  #openCallback(callbackId) {
    const operation = this.operations
      .find(({ CallbackDetails }) => CallbackDetails?.CallbackId === callbackId);
    if (!operation || operation.Status !== 'STARTED' || this.isOver)
      throw new Refusal('The callback is either timed out or already completed',
        'CallbackTimeoutException');
    return operation;
  }

  #lastEvent(id) {
    return this.#storage.getOperationData(id).events.at(-1);
  }

  #amendUpdate(update, before) {
    if (update.Type !== 'STEP')
      return;
    const operation = this.operation(update.Id);
    if (update.Action === 'START') {
      /* The package leaves a step READY and forgets its state. */
      if (before?.Status === 'READY' && operation.Status === 'READY') {
        operation.Status = 'STARTED';
        operation.StepDetails = { ...before.StepDetails };
      }
      return;
    }
    /* The package counts the attempts that were over before. */
    const event = this.#lastEvent(update.Id);
    const details = event.StepSucceededDetails ?? event.StepFailedDetails;
    details.RetryDetails.CurrentAttempt =
      (before?.StepDetails?.Attempt ?? 0) + 1;
  }

  /* The package names no type for what timed out. */
  #amendTimeouts() {
    if (this.#asIs)
      return;
    for (const { Status, CallbackDetails } of this.operations) {
      if (Status === 'TIMED_OUT' && CallbackDetails?.Error)
        CallbackDetails.Error.ErrorType ??=
          /heartbeat/.test(CallbackDetails.Error.ErrorMessage)
            ? 'Callback.Heartbeat' : 'Callback.Timeout';
    }
  }
}

/* What the package's validators throw, as a refusal. */
function refusing(run) {
  try {
    return run();
  } catch (error) {
    if (error.name === 'InvalidParameterValueException')
      throw new Refusal(error.message);
    throw error;
  }
}
