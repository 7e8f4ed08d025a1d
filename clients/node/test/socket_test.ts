// Against a real streampaird, whose address is in $STREAMPAIR_TEST_SERVER.
import * as assert from 'node:assert';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { Agent, Client, HttpsAgent, Socket, StreamError, pairSpec } from '../src';

const server = process.env.STREAMPAIR_TEST_SERVER;
assert.ok(server, 'STREAMPAIR_TEST_SERVER names no server; tools/test_clients starts one');

let client: Client;
const closing: (() => void)[] = [];
before(() => { client = new Client(server); });
after(async () => {
  await client.close();
  for (const close of closing) close();
});

async function listen(listener: net.Server): Promise<number> {
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  closing.push(() => listener.close());
  return (listener.address() as net.AddressInfo).port;
}

const echo = () => listen(net.createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => undefined);
  socket.pipe(socket);
}));

/** A socket and the target's end of it. */
async function pipe(options = {}): Promise<[Socket, net.Socket]> {
  const listener = net.createServer({ allowHalfOpen: true, pauseOnConnect: true });
  const port = await listen(listener);
  const accepted = once(listener, 'connection');
  const socket = client.connect({ host: '127.0.0.1', port, ...options });
  const [target] = await accepted as [net.Socket];
  target.on('error', () => undefined);
  closing.push(() => target.destroy());
  await socket.opened();
  return [socket, target];
}

test('what a net.Socket does', async () => {
  const port = await echo();
  let connected = 0;
  const socket = client.connect(port, '127.0.0.1', () => connected++);
  assert.strictEqual(socket.connecting, true);
  assert.strictEqual(socket.readyState, 'opening');
  socket.setNoDelay().setKeepAlive(true).setEncoding('utf8');
  socket.write('early ');
  await once(socket, 'ready');
  assert.strictEqual(connected, 1);
  assert.deepStrictEqual([socket.remoteAddress, socket.remotePort, socket.remoteFamily], ['127.0.0.1', port, 'IPv4']);
  assert.match(socket.pairName, /^streamPairs\//);
  socket.end('grüße');
  let text = '';
  for await (const chunk of socket) text += chunk;
  assert.strictEqual(text, 'early grüße');
  if (!socket.closed) await once(socket, 'close');
  assert.deepStrictEqual([socket.bytesRead, socket.bytesWritten], [13, 13]);
});

test('a pipeline carries bytes both ways at once', async () => {
  const data = randomBytes(20 << 20);
  const socket = client.connect({ host: '127.0.0.1', port: await echo(), allowHalfOpen: true });
  const [back] = await Promise.all([buffer(socket), pipeline(Readable.from(chunks(data)), socket, { end: true })
    .catch((error: NodeJS.ErrnoException) => assert.strictEqual(error.code, 'ERR_STREAM_PREMATURE_CLOSE'))]);
  assert.ok(back.equals(data));
});

function* chunks(data: Buffer): Generator<Buffer> {
  for (let at = 0; at < data.length; at += 50_000) yield data.subarray(at, at + 50_000);
}

test('a slow target stops the writer, and drain tells when to go on', async () => {
  const [socket, target] = await pipe();
  const piece = Buffer.alloc(65536);
  let sent = 0;
  const drained = async () => {
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, 200, false));
    return Promise.race([late, once(socket, 'drain').then(() => true)]);
  };
  for (let more = true; more && sent < 256 << 20; sent += piece.length) {
    if (!socket.write(piece)) more = await drained();
  }
  assert.ok(sent < 64 << 20, `${sent} bytes found room somewhere`);
  socket.end();
  let got = 0;
  for await (const chunk of target) got += chunk.length;
  assert.strictEqual(got, sent);
  socket.destroy();
});

test('destroy sends what was written, and a FIN', async () => {
  const [socket, target] = await pipe();
  socket.write(Buffer.alloc(100_000));
  socket.destroy();
  assert.strictEqual((await buffer(target)).length, 100_000);
});

test('resetAndDestroy cuts', async () => {
  const [socket, target] = await pipe();
  const reset = once(target, 'end');
  target.resume();
  socket.resetAndDestroy();
  await assert.rejects(reset, { code: 'ECONNRESET' });
});

test('allowHalfOpen false: the FIN of the target ends the socket', async () => {
  const [socket, target] = await pipe();
  target.end('bye');
  target.resume();
  assert.strictEqual((await buffer(socket)).toString(), 'bye');
  await once(target, 'end');
  if (!socket.closed) await once(socket, 'close');
});

test('errors are those of sockets, and come after the bytes before them', async () => {
  const refused = client.connect({ host: '127.0.0.1', port: 1 });
  const [error] = await once(refused, 'error') as [StreamError];
  assert.deepStrictEqual([error.code, error.errno, error.stage, [...error.triple]],
    ['ECONNREFUSED', -111, 'connect', [1, 0, 111]]);
  assert.ok(error.is(1, 0, 111) && error.retryable && error.origin === 'server');
  const [socket, target] = await pipe();
  const failed = once(socket, 'error');
  target.write('last words');
  await once(socket, 'readable');
  target.resetAndDestroy();
  assert.strictEqual(String(socket.read()), 'last words');
  assert.strictEqual(((await failed)[0] as StreamError).code, 'ECONNRESET');
});

test('no server', async () => {
  const lonely = new Client('127.0.0.1:1');
  const [error] = await once(lonely.connect({ host: '127.0.0.1', port: 80 }), 'error') as [StreamError];
  assert.deepStrictEqual([error.origin, error.triple[2]], ['transport', 18]);
  await assert.rejects(lonely.list(), (e: StreamError) => e.origin === 'transport' && e.retryable);
  await lonely.close();
});

test('setTimeout tells of silence, and a signal aborts', async () => {
  const [quiet] = await pipe();
  quiet.setTimeout(30);
  await once(quiet, 'timeout');
  quiet.destroy();
  const abort = new AbortController();
  const [socket] = await pipe({ signal: abort.signal });
  const failed = once(socket, 'error');
  abort.abort();
  assert.strictEqual((await failed)[0].name, 'AbortError');
});

test('cancel ends all streams, and the next one works', async () => {
  const own = new Client(server);
  const port = await echo();
  const socket = own.connect({ host: '127.0.0.1', port });
  await socket.opened();
  const failed = once(socket, 'error');
  own.cancel();
  assert.strictEqual((await failed)[0].triple[2], 18);
  const again = own.connect({ host: '127.0.0.1', port });
  again.end('x');
  assert.strictEqual((await buffer(again)).toString(), 'x');
  await own.close();
});

test('pairs by name', async () => {
  const port = await echo();
  const pair = await client.create(pairSpec({ host: '127.0.0.1', port, labels: { test: 'node-by-name' }, hold: 60_000 }));
  assert.deepStrictEqual((await client.list({ test: 'node-by-name' })).map(({ name }) => name), [pair.name]);
  const socket = client.attach(pair.name!);
  await socket.opened();
  const second = client.attach(pair.name!);
  assert.strictEqual(((await once(second, 'error'))[0] as StreamError).triple[2], 6);
  socket.destroy();
  await client.delete(pair.name!);
  await assert.rejects(client.get(pair.name!), (error: StreamError) => error.is(1000, 0, 4));
  assert.strictEqual((await client.explain(1, 0, 111)).symbol, 'ECONNREFUSED');
});

function get(module: typeof http | typeof https, options: https.RequestOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    module.get(options, (response) => buffer(response).then(resolve, reject)).on('error', reject);
  });
}

const page: http.RequestListener = (request, response) => response.end(`page ${request.url}`.repeat(10_000));

test('http.Agent, also with connections that are kept', async () => {
  const port = await listen(http.createServer(page));
  for (const keepAlive of [false, true]) {
    const agent = new Agent(client, { keepAlive, maxSockets: 5 });
    const pages = await Promise.all(Array.from({ length: 30 }, (_, i) =>
      get(http, { agent, host: '127.0.0.1', port, path: `/${i}` })));
    pages.forEach((body, i) => assert.strictEqual(body.toString(), `page /${i}`.repeat(10_000)));
    agent.destroy();
  }
  const agent = new Agent(client);
  await assert.rejects(get(http, { agent, host: '127.0.0.1', port: 1 }), { code: 'ECONNREFUSED' });
});

test('https.Agent: TLS from end to end', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'streampair-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name)) as [string, string];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
  { stdio: 'ignore' });
  const ca = fs.readFileSync(cert);
  const port = await listen(https.createServer({ key: fs.readFileSync(key), cert: ca }, page));
  fs.rmSync(folder, { recursive: true });
  const agent = new HttpsAgent(client, { ca });
  const options = { agent, host: '127.0.0.1', port, path: '/tls', servername: 'localhost' };
  assert.strictEqual((await get(https, options)).toString(), 'page /tls'.repeat(10_000));
  await assert.rejects(get(https, { ...options, servername: 'other.example', agent: new HttpsAgent(client, { ca }) }),
    { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});
