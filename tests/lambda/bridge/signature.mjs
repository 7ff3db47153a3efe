/*
 * signature.mjs - who sent a request, proved by its signature.
 *
 * The signature is made again with AWS's own signer over what arrived on the
 * wire (the path as it was sent: the signer encodes it once more), with the
 * headers that the request says it has signed.
 */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { Refusal } from './engine.mjs';

const maximumSkew = 300e3; /* ms, as the service allows */

class Sha256 {
  constructor(secret) {
    this.hash = secret ? createHmac('sha256', secret) : createHash('sha256');
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

const refuse = (message, type = 'InvalidSignatureException') => {
  throw new Refusal(message, type, 403);
};

/* Takes the header apart. */
function parse(authorization) {
  const match = /^AWS4-HMAC-SHA256 Credential=([^/, ]+)\/(\d{8})\/([^/, ]+)\/([^/, ]+)\/aws4_request, ?SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})$/
    .exec(authorization ?? '');
  if (!match)
    refuse(`not a SigV4 Authorization: ${authorization}`,
      'MissingAuthenticationTokenException');
  const [, keyId, day, region, service, signed, signature] = match;
  return { keyId, day, region, service, signed: signed.split(';'), signature };
}

function parseDate(text, now) {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  if (!match)
    refuse(`X-Amz-Date is '${text}'`);
  const [, y, mo, d, h, mi, s] = match;
  const date = new Date(Date.UTC(y, mo - 1, d, h, mi, s));
  if (Math.abs(date - now) > maximumSkew)
    refuse(`Signature expired: ${text} is too far from now`);
  return date;
}

/* Key to value, or to values where a key is repeated. */
export function parseQuery(text) {
  const query = {};
  for (const pair of (text ?? '').split('&').filter(Boolean)) {
    const at = pair.indexOf('=');
    const key = decodeURIComponent(at < 0 ? pair : pair.slice(0, at));
    const value = decodeURIComponent(at < 0 ? '' : pair.slice(at + 1));
    query[key] = key in query ? [query[key], value].flat() : value;
  }
  return query;
}

/* Returns the credentials that signed; throws a Refusal. */
export async function verify(request, body, { region, find, now }) {
  const claim = parse(request.headers.authorization);
  const credentials = find(claim.keyId);
  if (!credentials)
    refuse('The security token included in the request is invalid.',
      'UnrecognizedClientException');
  if (claim.region !== region || claim.service !== 'lambda')
    refuse(`Credential should be scoped to ${region}/lambda`);
  const headers = {};
  for (const name of claim.signed) {
    if (request.headers[name] === undefined)
      refuse(`'${name}' is signed, but it was not sent`);
    headers[name] = request.headers[name];
  }
  const needed = ['host', 'x-amz-date'];
  if (credentials.sessionToken)
    needed.push('x-amz-security-token');
  for (const name of ['content-type', 'x-amz-content-sha256']) {
    if (request.headers[name] !== undefined)
      needed.push(name);
  }
  for (const name of needed) {
    if (!claim.signed.includes(name))
      refuse(`'${name}' must be a signed header`);
  }
  if (claim.signed.join() !== [...claim.signed].sort().join())
    refuse('the signed headers are not sorted');
  if (request.headers['x-amz-security-token'] !== credentials.sessionToken)
    refuse('The security token included in the request is invalid.',
      'UnrecognizedClientException');
  const hash = createHash('sha256').update(body).digest('hex');
  if ((headers['x-amz-content-sha256'] ?? hash) !== hash)
    refuse('X-Amz-Content-Sha256 is not the hash of the body');
  const date = parseDate(request.headers['x-amz-date'], now);
  if (claim.day !== request.headers['x-amz-date'].slice(0, 8))
    refuse('Date in Credential scope does not match X-Amz-Date');
  await compare({ request, body, headers, credentials, claim, date, region });
  return credentials;
}

async function compare({ request, body, headers, credentials, claim, date,
  region }) {
  const [path, query] = request.url.split(/\?(.*)/s, 2);
  const signer = new SignatureV4({ service: 'lambda', region, sha256: Sha256,
    credentials, uriEscapePath: true, applyChecksum: false });
  const { host, ...others } = headers;
  const signed = await signer.sign({
    method: request.method, protocol: 'http:', hostname: host, path,
    query: parseQuery(query), headers: { ...others, host }, body,
  }, { signingDate: date, signableHeaders: new Set(claim.signed) });
  const have = parse(signed.headers.authorization);
  if (have.signed.join() !== claim.signed.join())
    refuse(`signed are ${claim.signed}, to be signed ${have.signed}`);
  if (have.signature !== claim.signature)
    refuse('The request signature we calculated does not match the ' +
      'signature you provided. Check your AWS Secret Access Key and signing ' +
      'method.');
}
