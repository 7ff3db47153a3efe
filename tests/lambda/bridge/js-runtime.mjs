/*
 * js-runtime.mjs MODULE - a Runtime API client for AWS's JavaScript SDK, so
 * that the bridge can be held against a runtime that is not ours.
 *
 * MODULE exports the handler, wrapped by withDurableExecution. The SDK's own
 * client makes the calls; it finds the bridge in AWS_ENDPOINT_URL_LAMBDA.
 */
import { request } from 'node:http';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const base = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

function call(method, path, body) {
  return new Promise((done, failed) => {
    const sent = request(`${base}${path}`, { method }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => done({ headers: response.headers,
        text: Buffer.concat(pieces).toString() }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

const { handler } = await import(pathToFileURL(resolve(process.argv[2])));
for (;;) {
  const { headers, text } = await call('GET', '/invocation/next');
  const path = `/invocation/${headers['lambda-runtime-aws-request-id']}`;
  try {
    const result = await handler(JSON.parse(text), contextOf(headers));
    await call('POST', `${path}/response`, JSON.stringify(result));
  } catch (error) {
    await call('POST', `${path}/error`, JSON.stringify({
      errorMessage: String(error.message), errorType: error.name,
      stackTrace: String(error.stack).split('\n') }));
  }
}
