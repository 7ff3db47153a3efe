/*
 * manage.mjs - what those outside ask for: Invoke, and the calls that read
 * executions.
 */
import { Refusal } from './engine.mjs';

/* Times of the REST API: seconds, with a fraction. */
export function json(value) {
  return JSON.stringify(value, function seconds(key, member) {
    return this[key] instanceof Date ? this[key].getTime() / 1000 : member;
  });
}

const seconds = (ms) => new Date(ms);

function page(all, { Marker, MaxItems }) {
  const from = Marker ? Number(Buffer.from(Marker, 'base64').toString()) : 0;
  if (!Number.isInteger(from))
    throw new Refusal('Invalid marker');
  const to = from + (Number(MaxItems) || 100);
  return { some: all.slice(from, to), NextMarker: to < all.length
    ? Buffer.from(String(to)).toString('base64') : undefined };
}

const summary = ({ arn, name, functionArn, status, began, endTime }) => ({
  DurableExecutionArn: arn, DurableExecutionName: name,
  FunctionArn: functionArn, Status: status, StartTimestamp: seconds(began),
  EndTimestamp: endTime });

export function describe(execution, isFull = true) {
  const { payload, result, error, qualifier } = execution;
  return { ...summary(execution), Version: qualifier,
    ExecutionDataIncluded: isFull,
    ...(isFull && { InputPayload: payload, Result: result, Error: error }) };
}

export function get(execution, { IncludeExecutionData = 'true' }) {
  return json(describe(execution, IncludeExecutionData === 'true'));
}

/* An event whose payloads are shown, or left out. */
export function present(event, isFull) {
  const name = Object.keys(event).find((key) => key.endsWith('Details'));
  const details = { ...event[name] };
  for (const key of ['Input', 'Result', 'Error']) {
    if (details[key])
      details[key] = isFull ? { ...details[key], Truncated: false }
        : { Truncated: true };
  }
  return { ...event, [name]: details };
}

export function history(execution, query) {
  const isFull = query.IncludeExecutionData === 'true';
  const events = execution.engine.events
    .map((event) => present(event, isFull));
  if (query.ReverseOrder === 'true')
    events.reverse();
  const { some, NextMarker } = page(events, query);
  return json({ Events: some, NextMarker });
}

export function list(service, functionName, query) {
  const { fn, qualifier } = service.resolve(functionName,
    query.Qualifier ?? '$LATEST');
  const statuses = query.Statuses && [query.Statuses].flat();
  const all = [...service.executions.values()]
    .filter((execution) => execution.fn === fn &&
      execution.qualifier === qualifier &&
      (!query.DurableExecutionName ||
        execution.name === query.DurableExecutionName) &&
      (!statuses || statuses.includes(execution.status)) &&
      !(execution.began < Date.parse(query.StartedAfter)) &&
      !(execution.began > Date.parse(query.StartedBefore)))
    .sort((a, b) => b.began - a.began);
  if (query.ReverseOrder === 'true')
    all.reverse();
  const { some, NextMarker } = page(all, query);
  return json({ DurableExecutions: some.map(summary), NextMarker });
}

/* The error document of a synchronous invoke. */
function failure(error = {}) {
  return { headers: { 'x-amz-function-error': 'Unhandled' },
    body: JSON.stringify({ errorMessage: error.ErrorMessage,
      errorType: error.ErrorType, errorData: error.ErrorData,
      stackTrace: error.StackTrace }) };
}

function readPayload(body, isAsync) {
  const limit = isAsync ? 1048576 : 6291456;
  if (body.length > limit)
    throw new Refusal(`${body.length} byte payload is too large, at most ${
      limit}`, 'RequestTooLargeException', 413);
  const text = body.toString('utf8');
  if (text === '')
    return '{}';
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Refusal(`Could not parse request body into json: ${
      error.message}`, 'InvalidRequestContentException');
  }
  return text;
}

export async function invoke(service, { subject, query, headers, body }) {
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const isAsync = type === 'Event';
  const { fn, qualifier } = service.resolve(subject, query.Qualifier);
  const payload = readPayload(body, isAsync);
  if (type === 'DryRun')
    return { status: 204 };
  if (fn.isPlain) {
    const ended = service.callPlain(fn, payload);
    if (isAsync)
      return { status: 202 };
    const { answer, error } = await ended;
    return error ? failure(error) : { body: answer };
  }
  const execution = service.start({ fn, qualifier, payload, isAsync,
    name: headers['x-amz-durable-execution-name'] });
  const about = { 'x-amz-durable-execution-arn': execution.arn,
    'x-amz-executed-version': qualifier };
  if (isAsync)
    return { status: 202, headers: about };
  await execution.ended();
  const answer = execution.status === 'SUCCEEDED'
    ? { body: execution.result ?? '' } : failure(execution.error);
  return { ...answer, headers: { ...about, ...answer.headers } };
}
