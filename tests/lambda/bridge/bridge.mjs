#!/usr/bin/env node
/*
 * bridge.mjs - AWS Lambda, as far as a durable runtime sees it, on 127.0.0.1.
 * README.md beside this folder says what it is for.
 */
import { createServer } from 'node:http';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Api } from './api.mjs';
import { describe, json, present } from './manage.mjs';
import { readBody } from './sandbox.mjs';
import { Service } from './service.mjs';

const usage = `usage: bridge.mjs [OPTION...] --invoke NAME | --serve

Functions
  --function NAME=COMMAND   a durable function and its runtime's command;
                            _HANDLER is the command's last word
  --plain NAME=COMMAND      one that is not durable
  --handlers DIR            each file NAME.sh or NAME in DIR is a durable
                            function, with itself as _HANDLER
  --runtime COMMAND         their runtime's command (bootstrap)
One execution
  --invoke NAME             runs the function, prints the outcome as JSON
  --input JSON|@FILE        what it is given ({})
  --name NAME               the execution's name
  --event                   invoke it asynchronously: other limits
  --actions JSON|@FILE      what is done to its callbacks
  --history FILE            writes its events there
Many
  --serve                   prints {url, control, credentials}; ends at the
                            end of its standard input, or on SIGTERM
Time and place
  --skip-time[=all]         time passes at once; =all: deadlines of callbacks
                            and of the execution too
  --timeout SECONDS         of an invocation (60)
  --execution-timeout SECONDS  (86400)
  --page N                  operations in a page of state (all)
  --max-failures N          failed invocations in a row (10)
  --no-freeze               leaves idle runtimes running
  --kill before:N|after:N   kills the runtime at its Nth call
  --slow MILLISECONDS       each answer takes so long (0)
  --as-is                   leaves AWS's engine as it is published
  --env NAME[=VALUE]        for the runtimes
  --task-root DIR           their working folder (this one)
  --logs DIR                what they print goes to DIR/NAME.log
  --requests FILE           writes each API call there, a JSON line
  --violations FILE         writes there what was wrong with calls

Exits 0; 1 when a call broke a rule; 2 for a wrong command line; 3 when the
execution did not succeed.
`;

function fail(text) {
  process.stderr.write(`bridge: ${text}\n`);
  process.exit(2);
}

const many = { type: 'string', multiple: true, default: [] };
const text = { type: 'string' };
const flag = { type: 'boolean' };
const known = { function: many, plain: many, handlers: many, runtime: text,
  invoke: text, input: text, name: text, event: flag, actions: text,
  history: text, serve: flag, 'skip-time': flag, 'skip-time-all': flag,
  timeout: text, 'execution-timeout': text, page: text, 'max-failures': text,
  'no-freeze': flag, kill: text, slow: text, 'as-is': flag, env: many, 'task-root': text,
  logs: text, requests: text, violations: text, help: flag };

function readOptions() {
  const words = process.argv.slice(2).map((word) =>
    word === '--skip-time=all' ? '--skip-time-all' : word);
  try {
    return parseArgs({ args: words, options: known }).values;
  } catch (error) {
    return fail(error.message);
  }
}

function number(options, name) {
  if (options[name] === undefined)
    return undefined;
  if (!/^\d+(\.\d+)?$/.test(options[name]))
    fail(`--${name} '${options[name]}' is no number`);
  return Number(options[name]);
}

function readKill(word) {
  const match = /^(before|after):(\d+)$/.exec(word ?? '');
  if (word !== undefined && !match)
    fail(`--kill '${word}' is neither before:N nor after:N`);
  return match && { when: match[1], at: Number(match[2]) };
}

function settings(options) {
  const all = {
    timeout: number(options, 'timeout'),
    executionTimeout: number(options, 'execution-timeout'),
    page: number(options, 'page'),
    maximumFailures: number(options, 'max-failures'),
    freeze: !options['no-freeze'],
    kill: readKill(options.kill),
    slow: number(options, 'slow'),
    asIs: options['as-is'],
    skipTime: options['skip-time-all'] ? 'all'
      : options['skip-time'] ? 'waits' : null,
    env: Object.fromEntries(options.env.map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, process.env[pair]]
        : [pair.slice(0, at), pair.slice(at + 1)];
    })),
    taskRoot: options['task-root'] && resolve(options['task-root']),
    logs: options.logs,
    requests: options.requests,
    violations: options.violations,
  };
  return Object.fromEntries(Object.entries(all)
    .filter(([, value]) => value !== undefined));
}

function addFunctions(service, options) {
  for (const [words, isPlain] of [[options.function, false],
    [options.plain, true]]) {
    for (const word of words) {
      const at = word.indexOf('=');
      if (at < 1)
        fail(`'${word}' is not NAME=COMMAND`);
      service.addFunction({ name: word.slice(0, at),
        command: word.slice(at + 1), isPlain });
    }
  }
  for (const folder of options.handlers) {
    for (const file of readdirSync(folder))
      service.addFunction({ name: basename(file, '.sh'),
        command: options.runtime ?? 'bootstrap',
        handler: resolve(folder, file) });
  }
}

const valueOf = (word) =>
  word?.startsWith('@') ? readFileSync(word.slice(1), 'utf8') : word;

const print = (line) =>
  new Promise((done) => process.stdout.write(line, done));

/* One execution, from its start to its end. */
async function run(service, { name, input = '{}', execution, isAsync,
  actions, kill }) {
  const { fn, qualifier } = service.resolve(name, '$LATEST');
  const before = service.violations.length;
  const began = performance.now();
  const one = service.start({ fn, qualifier, payload: input, isAsync,
    name: execution, actions, kill });
  await one.ended();
  await service.pool.settled();
  const sandboxes = service.pool.all.filter((sandbox) => sandbox.fn === fn);
  return { one, outcome: { ...describe(one), counts: one.counts,
    milliseconds: performance.now() - began,
    sandboxes: sandboxes.map(({ initMs, initKiB, busyMs, peakKiB }) =>
      ({ initMs, initKiB, busyMs, peakKiB })),
    violations: service.violations.slice(before)
      .filter(({ at }) => at === one.arn || at === fn.name)
      .map(({ text: what }) => what) } };
}

const eventsOf = (execution) => json({ Events:
  execution.engine.events.map((event) => present(event, true)) });

/* For a test's own tools: POST {name, input, ...}, get {outcome, Events}. */
function control(service) {
  return createServer(async (request, response) => {
    try {
      const { one, outcome } =
        await run(service, JSON.parse(await readBody(request)));
      response.end(`${json({ outcome,
        ...JSON.parse(eventsOf(one)) })}\n`);
    } catch (error) {
      response.writeHead(400);
      response.end(`${error.stack}\n`);
    }
  });
}

async function serve(service, url) {
  const server = control(service);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  process.stdout.write(`${JSON.stringify({ url,
    control: `http://127.0.0.1:${server.address().port}`,
    credentials: service.caller, region: service.options.region })}\n`);
  await new Promise((done) => {
    process.stdin.on('end', done).resume();
    process.once('SIGTERM', done).once('SIGINT', done);
  });
  server.closeAllConnections();
  server.close();
  return 0;
}

async function invoke(service, options) {
  const { one, outcome } = await run(service, { name: options.invoke,
    input: valueOf(options.input), execution: options.name,
    isAsync: options.event,
    actions: options.actions && JSON.parse(valueOf(options.actions)) });
  if (options.history)
    writeFileSync(options.history, `${eventsOf(one)}\n`);
  await print(`${json(outcome)}\n`);
  return one.status === 'SUCCEEDED' ? 0 : 3;
}

async function main() {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  if (!options.invoke === !options.serve)
    fail('one of --invoke and --serve is needed; see --help');
  const service = new Service(settings(options));
  const api = new Api(service);
  addFunctions(service, options);
  const url = await api.open();
  service.open(url);
  process.once('exit', () => service.close());
  if (options.invoke)
    for (const [name, number] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]])
      process.once(name, () => process.exit(128 + number));
  const status = options.serve ? await serve(service, url)
    : await invoke(service, options);
  await service.pool.end();
  api.close();
  return service.violations.length > 0 ? 1 : status;
}

process.exit(await main());
