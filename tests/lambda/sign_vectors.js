#!/usr/bin/env node
/*
 * sign_vectors.js - makes tests/fixtures/sigv4/vectors.jsonl: requests at
 * random, always the same ones, with the Authorization that AWS's own signer
 * for JavaScript gives them. tests/unit/test_sign.c compares.
 *
 *	(cd tests/lambda/bridge && npm ci)
 *	NODE_PATH=tests/lambda/bridge/node_modules \
 *	    node tests/lambda/sign_vectors.js >tests/fixtures/sigv4/vectors.jsonl
 */
'use strict';
const crypto = require('crypto');
const { SignatureV4 } = require('@smithy/signature-v4');

class Sha256 {
	constructor(secret) {
		this.hash = secret === undefined
			? crypto.createHash('sha256')
			: crypto.createHmac('sha256', secret);
	}
	update(data) {
		this.hash.update(data);
	}
	async digest() {
		return new Uint8Array(this.hash.digest());
	}
}

let seed = 20260102;
function random(n) {
	seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
	return (seed >> 8) % n;
}
function pick(list) {
	return list[random(list.length)];
}
function text(alphabet, most) {
	let s = '';
	for (let n = random(most + 1); n > 0; n--)
		s += pick(alphabet);
	return s;
}

const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g,
	(c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];
const base64 = [...letters, ...'0123456789+/='];
const any = [...base64, ...' !"#$%&\'()*,-.:;<>?@[\\]^_`{|}~', '\u00e9',
	'\u4e2d', '\u{1f600}', '\n', '\t'];
const segments = ['2025-12-01', 'durable-executions', 'functions', 'state',
	'checkpoint', 'invocations'];
const queryNames = ['CheckpointToken', 'Marker', 'MaxItems', 'Statuses',
	'StartedAfter', 'Qualifier', 'qualifier', 'a', 'A', 'a-b', 'ab'];

function arn(region) {
	return `arn:aws:lambda:${region}:123456789012:function:` +
		`${text(letters, 9)}x:$LATEST/durable-execution/` +
		`${text(letters, 6)}y/${text(letters, 12)}`;
}

function request(i) {
	const region = pick(['us-east-1', 'eu-central-1', 'cn-north-1',
		'us-gov-west-1']);
	const method = pick(['GET', 'POST', 'PUT']);
	let path = '';
	for (let n = 1 + random(4); n > 0; n--)
		path += '/' + (random(3) ? pick(segments)
			: encode(random(2) ? arn(region) : 'z' + text(any, 12)));
	const query = [];
	for (let n = i % 3 ? random(5) : 0; n > 0; n--)
		query.push([pick(queryNames), random(6) ? text(any, 20) : '']);
	return {
		region, method, path, query,
		service: random(4) ? 'lambda' : 'service',
		host: pick([`lambda.${region}.amazonaws.com`, '127.0.0.1:3001',
			'localhost', '[::1]:8080']),
		content_type: random(2) ? pick(['application/json',
			'application/octet-stream', ' text/plain;  charset=utf-8 '])
			: null,
		body: method === 'GET' ? '' : text(any, 60),
		key_id: 'AKID' + text(letters, 16),
		secret: 's' + text(base64, 40),
		token: random(2) ? 't' + text(base64, 80) : null,
		now: Date.UTC(2015 + random(40), random(12), 1 + random(28),
			random(24), random(60), random(60)),
	};
}

async function sign(r) {
	const query = {};
	for (const [name, value] of r.query)
		query[name] = name in query ? [].concat(query[name], value) : value;
	const headers = { host: r.host };
	if (r.content_type !== null)
		headers['content-type'] = r.content_type;
	const credentials = { accessKeyId: r.key_id, secretAccessKey: r.secret };
	if (r.token !== null)
		credentials.sessionToken = r.token;
	const signer = new SignatureV4({ credentials, region: r.region,
		service: r.service, sha256: Sha256, applyChecksum: false });
	const made = await signer.sign({ method: r.method, protocol: 'https:',
		hostname: r.host, path: r.path, query, headers, body: r.body },
		{ signingDate: new Date(r.now) });
	return made.headers.authorization;
}

(async () => {
	for (let i = 0; i < 120; i++) {
		const r = request(i);
		const authorization = await sign(r);
		const query = r.query.map((p) => p.map(encode).join('=')).join('&');
		console.log(JSON.stringify({ ...r, query: query || null,
			authorization }));
	}
})();
