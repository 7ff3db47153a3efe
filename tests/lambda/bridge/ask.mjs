/*
 * ask.mjs CONTROL-URL - hands standard input to a serving bridge's control,
 * and prints what it answers: one execution, run to its end.
 */
import { request } from 'node:http';

const sent = request(process.argv[2], { method: 'POST' }, (response) => {
  response.pipe(response.statusCode === 200 ? process.stdout : process.stderr);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
});
process.stdin.pipe(sent);
