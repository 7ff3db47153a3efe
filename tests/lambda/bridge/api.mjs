/*
 * api.mjs - the durable API over HTTP, and Invoke.
 *
 * A request is known by its path as it was sent, split at / before it is
 * decoded; then its signature, query, headers and body are checked. What is wrong there is a violation, as is every refusal of a
 * checkpoint: a good runtime sends none.
 */
import { createServer } from 'node:http';
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from './engine.mjs';
import * as manage from './manage.mjs';
import { readBody } from './sandbox.mjs';
import { checkHeaders, checkpointBody, checkQuery, errorBody } from
  './shapes.mjs';
import { parseQuery, verify } from './signature.mjs';

const executions = '/2025-12-01/durable-executions/([^/]+)';
const callbacks = '/2025-12-01/durable-execution-callbacks/([^/]+)';
const routes = [
  ['checkpoint', 'POST', `${executions}/checkpoint`],
  ['state', 'GET', `${executions}/state`],
  ['get', 'GET', executions],
  ['history', 'GET', `${executions}/history`],
  ['stop', 'POST', `${executions}/stop`],
  ['list', 'GET', '/2025-12-01/functions/([^/]+)/durable-executions'],
  ['succeed', 'POST', `${callbacks}/succeed`],
  ['fail', 'POST', `${callbacks}/fail`],
  ['heartbeat', 'POST', `${callbacks}/heartbeat`],
  ['invoke', 'POST', '/2015-03-31/functions/([^/]+)/invocations'],
].map(([operation, method, path]) =>
  ({ operation, method, path: new RegExp(`^${path}$`) }));

/* Every byte but A-Z a-z 0-9 - . _ ~ is to be %XX, in capitals. */
function decodeSegment(segment) {
  const decoded = decodeURIComponent(segment);
  const encoded = encodeURIComponent(decoded).replace(/[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  if (encoded !== segment)
    throw new Refusal(`the path segment is to be sent as ${encoded}`);
  return decoded;
}

function route(request) {
  const [path, query] = request.url.split(/\?(.*)/s, 2);
  for (const { operation, method, path: pattern } of routes) {
    const match = pattern.exec(path);
    if (match && request.method === method)
      return { operation, subject: decodeSegment(match[1]),
        query: parseQuery(query) };
  }
  throw new Refusal(`${request.method} ${path}`, 'UnknownOperationException',
    404);
}

/* Each returns {status, body, headers}. */
const operations = {
  checkpoint(service, { subject, body, sandbox }) {
    const execution = service.executions.get(subject);
    const request = checkpointBody(body);
    if (!execution)
      throw new Refusal('Invalid checkpoint token');
    return counted(execution, () => execution.toWire(
      execution.checkpoint(request, body, sandbox)));
  },
  state(service, { subject, query, sandbox }) {
    const execution = service.executions.get(subject);
    if (!execution)
      throw new Refusal('Invalid checkpoint token');
    return counted(execution, () =>
      execution.toWire(execution.state(query, sandbox)));
  },
  get: (service, { subject, query }) =>
    ({ body: manage.get(service.findExecution(subject), query) }),
  history: (service, { subject, query }) =>
    ({ body: manage.history(service.findExecution(subject), query) }),
  list: (service, { subject, query }) =>
    ({ body: manage.list(service, subject, query) }),
  stop(service, { subject, body }) {
    const error = errorBody(body);
    return { body: manage.json({
      StopTimestamp: service.findExecution(subject).stop(error) }) };
  },
  succeed(service, { subject, body }) {
    if (body.length > 262144)
      throw new Refusal('Callback result payload size must be less than or ' +
        'equal to 262144 bytes.');
    service.findCallback(subject).callback('succeed', subject, body);
    return { body: '{}' };
  },
  fail(service, { subject, body }) {
    const error = errorBody(body);
    service.findCallback(subject).callback('fail', subject, error);
    return { body: '{}' };
  },
  heartbeat(service, { subject }) {
    service.findCallback(subject).callback('heartbeat', subject);
    return { body: '{}' };
  },
  invoke: (service, call) => manage.invoke(service, call),
};

/* A call that the runtime may be killed at: then it gets no answer. */
function counted(execution, run) {
  const kill = execution.counted();
  if (kill === 'before') {
    execution.killSandbox();
    return { isLost: true };
  }
  const body = run();
  if (kill === 'after') {
    execution.killSandbox();
    return { isLost: true };
  }
  return { body };
}

export class Api {
  constructor(service) {
    this.service = service;
    this.server = createServer({ maxHeaderSize: 65536, keepAliveTimeout: 60e3 },
      (request, response) => this.#serve(request, response));
    this.server.requestTimeout = 0;
  }

  async open(port = 0) {
    await new Promise((resolve) =>
      this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #serve(request, response) {
    const body = await readBody(request);
    if (body === null)
      return; /* cut off; who was killed may do so */
    const call = { request, body, headers: request.headers };
    const fault = this.service.options.fault?.(call);
    let answer = await fault?.instead?.(call);
    if (!answer) {
      answer = await this.#answerOrRefuse(call);
      answer = await fault?.after?.(answer, call) ?? answer;
    }
    await sleep(this.service.options.slow);
    this.#log(call, answer);
    this.#send(request, response, answer);
  }

  /* An answer that isLost or cut ends with its connection. */
  #send(request, response, answer) {
    if (answer.isLost) {
      request.socket.resetAndDestroy();
      return;
    }
    const bytes = Buffer.from(answer.body ?? '');
    const { skew = 0 } = this.service.options;
    response.writeHead(answer.status ?? 200, {
      date: new Date(Date.now() + skew).toUTCString(), 'content-type': 'application/json', 'content-length': bytes.length,
      ...answer.headers });
    if (answer.isCut)
      response.write(bytes.subarray(0, bytes.length / 2), () =>
        request.socket.destroy());
    else
      response.end(bytes);
  }

  async #answerOrRefuse(call) {
    try {
      return await this.#answer(call);
    } catch (error) {
      if (!(error instanceof Refusal))
        this.service.violation(`the bridge failed: ${error.stack}`,
          call.request.url);
      return this.#refused(call, error);
    }
  }

  async #answer(call) {
    const { service } = this;
    const { request, body } = call;
    call.isChecked = false;
    /* Whose it claims to be; that is all to name it by when it is refused. */
    const [, keyId] = /Credential=(\w+)/
      .exec(request.headers.authorization) ?? [];
    call.sandbox = service.pool.find(keyId);
    Object.assign(call, route(request));
    await verify(request, body, {
      now: Date.now() + (service.options.skew ?? 0),
      region: service.options.region,
      find: (keyId) => service.findCredentials(keyId) });
    checkQuery(call.operation, call.query);
    checkHeaders(call.operation, request.headers, body);
    call.isChecked = true;
    return operations[call.operation](service, call);
  }

  /* What was refused because it was badly put is a violation. */
  #refused(call, error) {
    const isFault = !call.isChecked ||
      ['ValidationException', 'SerializationException'].includes(error.type) ||
      (['checkpoint', 'state'].includes(call.operation) &&
        error.message !== 'Invalid checkpoint token');
    if (error instanceof Refusal && isFault) {
      const execution = this.service.executions.get(call.subject);
      const text = `${call.operation ?? call.request.url}: ${error.type}: ${
        error.message}`;
      if (execution)
        execution.violation(text);
      else
        this.service.violation(text, call.sandbox?.fn.name ?? 'outside');
    }
    return { status: error.status ?? 500,
      headers: { 'x-amzn-errortype': error.type ?? 'ServiceException' },
      body: JSON.stringify({ Type: 'User', message: error.message }) };
  }

  #log({ operation, subject, body, request, sandbox }, { status = 200 }) {
    const { requests } = this.service.options;
    if (!requests)
      return;
    appendFileSync(requests, `${JSON.stringify({ operation, status,
      from: sandbox?.fn.name ?? 'outside', url: request.url, subject,
      body: body.toString('utf8') })}\n`);
  }
}
