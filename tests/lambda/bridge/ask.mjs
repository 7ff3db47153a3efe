/*
 * ask.mjs CONTROL-URL - hands each line of standard input to a serving
 * bridge's control, one after the other, and prints what it answers: an
 * execution, run to its end.
 */
import { request } from 'node:http';
import { createInterface } from 'node:readline';

function ask(line) {
  return new Promise((done, failed) => {
    const sent = request(process.argv[2], { method: 'POST' }, (response) => {
      const isGood = response.statusCode === 200;
      response.pipe(isGood ? process.stdout : process.stderr, { end: false });
      response.on('end', () => done(isGood));
    });
    sent.on('error', failed);
    sent.end(line);
  });
}

for await (const line of createInterface(process.stdin)) {
  if (!await ask(line))
    process.exitCode = 1;
}
