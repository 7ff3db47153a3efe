/*
 * scripted.mjs - an HTTP server that answers what a script says, for answers
 * that no service should give.
 *
 *   node scripted.mjs ANSWERS REQUESTS
 *
 * ANSWERS has a JSON line for each answer: {"status","headers","body"}, body
 * text or JSON; {"drop":true} reads the request and closes the connection. The
 * last one is given again and again. Its URL is printed; each request becomes a
 * JSON line of REQUESTS. Ends with its standard input, or by a signal.
 */
import { createServer } from 'node:http';
import { appendFileSync, readFileSync } from 'node:fs';

const [answers, requests] = process.argv.slice(2);
const script = readFileSync(answers, 'utf8').trim().split('\n')
  .map((line) => JSON.parse(line));
let next = 0;

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request)
    chunks.push(chunk);
  const { method, url, headers } = request;
  appendFileSync(requests, `${JSON.stringify({ method, url, headers,
    body: Buffer.concat(chunks).toString() })}\n`);
  const answer = script[Math.min(next++, script.length - 1)];
  if (answer.drop) {
    request.socket.destroy();
    return;
  }
  response.writeHead(answer.status ?? 200, answer.headers);
  response.end(typeof answer.body === 'string' ? answer.body
    : JSON.stringify(answer.body ?? {}));
});
server.listen(0, '127.0.0.1', () =>
  console.log(`http://127.0.0.1:${server.address().port}`));
