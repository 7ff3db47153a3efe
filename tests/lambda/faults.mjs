#!/usr/bin/env node
/*
 * faults.mjs GROUP [NAME] - runs ./flow of this folder as a durable function,
 * again and again, each time with another fault of the service or a kill, and
 * looks at what came of it. README.md has what the groups are.
 *
 * The flow writes a log: "start X" whenever the command of step X begins,
 * "after X VALUE" when the script has gone on behind it, "WRONG ..." where it
 * may never come to. Each run has a folder and a bridge of its own.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync }
  from 'node:fs';
import { join } from 'node:path';
import { Api } from './bridge/api.mjs';
import { Service } from './bridge/service.mjs';
import { groups } from './fault-kinds.mjs';

const atOnce = Number(process.env.FAULTS_AT_ONCE ?? 4);
const base = process.cwd();
const result = '"all-done"';

const stepName = (name) => name.replaceAll(' ', '-');

class Run {
  problems = [];
  calls = 0; /* checkpoint and state */
  #recorded = []; /* at the beginning of each invocation: {steps, lines} */

  constructor(name, kind) {
    this.name = name;
    this.kind = kind;
    this.folder = join(base, name.replace(/[^a-z0-9.-]/gi, '-'));
    mkdirSync(this.folder);
    for (const entry of readdirSync(base, { withFileTypes: true }))
      if (entry.isFile())
        cpSync(join(base, entry.name), join(this.folder, entry.name));
    writeFileSync(join(this.folder, 'log'), '');
  }

  get log() {
    const { races } = this.kind;
    return readFileSync(join(this.folder, 'log'), 'utf8').split('\n')
      .filter((line) => line && (!races || (line !== `WRONG ${races}` &&
        !/^after \S+ (failed 137)?$/.test(line))));
  }

  get stderr() {
    const file = join(this.folder, 'main.log');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  problem(text) {
    this.problems.push(text);
  }

  async perform() {
    const { kind, folder } = this;
    const service = new Service({ skipTime: 'waits', taskRoot: folder,
      logs: folder, violations: join(folder, 'violations'),
      requests: join(folder, 'requests'), ...kind.options,
      env: { DURABLE_LOG: join(folder, 'trace'),
        ASAN_OPTIONS: process.env.ASAN_OPTIONS, ...kind.options?.env } });
    const api = new Api(service);
    Object.assign(this, { service, api });
    service.options.fault = (call) => {
      this.calls++;
      return kind.fault?.(this, call);
    };
    service.options.runtimeFault = (url) => kind.runtimeFault?.(this, url);
    service.addFunction({ name: 'main', command: 'durable lambda ./flow' });
    service.addFunction({ name: 'other', command: 'durable lambda ./other' });
    const actions = existsSync('actions.json') &&
      JSON.parse(readFileSync('actions.json'));
    service.open(await api.open());
    this.#watch(service.pool);
    await kind.prepare?.(this, service);
    const { fn, qualifier } = service.resolve('main', '$LATEST');
    const began = performance.now();
    this.one = service.start({ fn, qualifier, payload: '{}',
      actions: actions || undefined });
    await this.one.ended();
    this.ms = performance.now() - began;
    kind.finish?.(this);
    await service.pool.settled();
    service.close();
    api.close();
    return this;
  }

  /* What is recorded when an invocation begins is not to be run in it. */
  #watch(pool) {
    const take = pool.take.bind(pool);
    pool.take = (fn) => {
      this.kind.begins?.(this);
      this.#addOperations();
      if (this.one || this.#recorded.length === 0)
        this.#recorded.push({ lines: this.log.length,
          steps: new Set((this.one?.engine.state ?? [])
            .filter(({ Type, Status }) => Type === 'STEP' &&
              ['SUCCEEDED', 'FAILED'].includes(Status))
            .map(({ Name }) => stepName(Name))) });
      return take(fn);
    };
  }

  /* The kind's, which the flow knows nothing of, behind those of the flow. */
  #addOperations() {
    const [one] = this.service.executions.values();
    if (!this.kind.operations || one.counts.invocations > 1)
      return;
    const { engine } = one;
    const all = this.kind.operations;
    const getter = Object.getOwnPropertyDescriptor(
      Object.getPrototypeOf(engine), 'state').get;
    Object.defineProperty(engine, 'state', {
      get: () => [...getter.call(engine), ...all] });
  }

  get operations() {
    return this.one.engine.state.filter(({ Type, SubType }) =>
      Type !== 'EXECUTION' && SubType !== 'Other')
      .map(({ Name, Type, Status, StepDetails }) =>
        `${Name} ${Type} ${Status} ${StepDetails?.Attempt ?? ''}`.trim())
      .sort();
  }

  get failures() {
    return this.one.engine.events
      .map(({ InvocationCompletedDetails: details }) =>
        details?.Error?.Payload?.ErrorType).filter(Boolean);
  }

  #checkLog(reference) {
    const { log } = this;
    for (const line of log.filter((text) => text.startsWith('WRONG')))
      this.problem(line);
    this.#recorded.forEach(({ steps, lines }) => {
      for (const line of log.slice(lines)) {
        const [word, step] = line.split(' ');
        if (word === 'start' && steps.has(step))
          this.problem(`${step} was recorded and has been started again`);
      }
    });
    const steps = new Set(reference.log.filter((line) =>
      line.startsWith('start ')).map((line) => line.split(' ')[1]));
    const count = (lines, text) =>
      lines.filter((line) => line === text).length;
    for (const step of steps) {
      const n = count(log, `start ${step}`);
      const usual = count(reference.log, `start ${step}`);
      const most = usual + (step === 'm' ? 0 : this.kind.repeats ?? 0);
      if (n > most || (n < usual && !(step === 'm' && this.kind.cuts)))
        this.problem(`${step} was started ${n} times, not ${usual}`);
      const values = new Set(log.filter((line) =>
        line.startsWith(`after ${step} `)));
      if (values.size !== 1)
        this.problem(`${step} was handed back with ${values.size} values`);
    }
  }

  #checkSuccess(reference) {
    const { one, kind } = this;
    if (one.status !== 'SUCCEEDED' || one.result !== result)
      this.problem(`${one.status} ${one.result} ${JSON.stringify(one.error)}`);
    this.#checkLog(reference);
    const known = (list) => list.map((line) => kind.cuts
      ? line.replace(/^m STEP .*/, 'm') : line).join('\n');
    if (known(this.operations) !== known(reference.operations))
      this.problem(`other operations: ${known(this.operations)}`);
  }

  #checkFailure({ error }) {
    const { one } = this;
    if (one.status !== 'FAILED')
      this.problem(`is ${one.status}, not FAILED`);
    const text = JSON.stringify(one.error);
    if (!error.test(text))
      this.problem(`the error is ${text}, not ${error}`);
    for (const line of this.log.filter((word) => word.startsWith('WRONG')))
      this.problem(line);
  }

  check(reference) {
    const { kind, one, service } = this;
    if (kind.fails)
      this.#checkFailure(kind.fails);
    else
      this.#checkSuccess(reference);
    const failures = this.failures.join(' ');
    const wanted = kind.invocations ?? '';
    if (!kind.fails && (wanted instanceof RegExp ? !wanted.test(failures)
      : failures !== wanted))
      this.problem(`failed invocations: ${failures || 'none'}`);
    for (const { text } of service.violations) {
      if (!kind.violation?.test(text))
        this.problem(`violation: ${text}`);
    }
    if (kind.says && !kind.says.test(this.stderr))
      this.problem(`stderr does not say ${kind.says}`);
    if ((kind.fault || kind.runtimeFault) && !this.fired)
      this.problem('the fault did not happen');
    kind.check?.(this, reference, one);
    return this.problems.length === 0;
  }

  show() {
    const { stderr, folder } = this;
    return [`not ok - ${this.name}`, ...this.problems, `stderr: ${stderr}`,
      `log: ${this.log.join('; ')}`, `in ${folder}`].join('\n# ');
  }
}

/* As many at once as may be; each is over before it is looked at. */
async function performAll(kinds, reference) {
  const left = Object.entries(kinds);
  let isGood = true;
  const work = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const run = await new Run(...next).perform();
      const isOk = run.check(reference);
      isGood &&= isOk;
      if (isOk && run.kind.follow)
        left.push(...Object.entries(run.kind.follow(run)));
      process.stdout.write(isOk ? `ok - ${run.name} (${Math.round(run.ms)
      } ms)\n` : `${run.show()}\n`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return isGood;
}

const [group, only] = process.argv.slice(2);
if (!groups[group]) {
  process.stderr.write(`usage: faults.mjs ${Object.keys(groups).join('|')} [NAME]\n`);
  process.exit(2);
}
const reference = await new Run(`undisturbed ${group}`, {}).perform();
if (!reference.check(reference)) {
  process.stdout.write(`${reference.show()}\n`);
  process.exit(1);
}
const kinds = Object.fromEntries(Object.entries(groups[group](reference))
  .filter(([name]) => !only || name === only));
process.exit(await performAll(kinds, reference) ? 0 : 1);
