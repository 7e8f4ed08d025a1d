// The Node client's side of tests/conformance: one JSON object a line, there and back.
import { createHash } from 'node:crypto';
import * as readline from 'node:readline';
import { Client, Socket, StreamError } from '../src';

const BLOCK = Buffer.alloc(65536);
for (let j = 0; j < BLOCK.length; j++) BLOCK[j] = j * 7 + (j >> 8) * 13;

function* pattern(size: number): Generator<Buffer> {
  for (let number = 0n; size > 0; number++) {
    const block = Buffer.from(BLOCK);
    block.writeBigUInt64LE(number);
    yield block.subarray(0, size);
    size -= block.length;
  }
}

type Step = { [key: string]: any };

let client: Client;
let drained: () => void;
const draining = new Promise<void>((resolve) => { drained = resolve; });
const sockets = new Map<string, Socket>();
const faults = new Map<Socket, StreamError>();

function describe(error: unknown): Step {
  if (!(error instanceof StreamError)) throw error;
  const [domain, subdomain, code] = error.triple;
  return { domain, subdomain, code, stage: error.stage, text: error.message };
}

/** A write as a promise that waits for room, as pipelines do. */
function write(socket: Socket, data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    if (faults.has(socket)) {
      reject(faults.get(socket));
      return;
    }
    if (!socket.writable) {
      // Node's own word for this is ERR_STREAM_WRITE_AFTER_END; the client's is asked for here.
      reject((socket as any).channel.writeError());
      return;
    }
    const failed = (error: Error) => reject(error);
    socket.once('error', failed);
    const done = () => {
      socket.removeListener('error', failed);
      socket.removeListener('drain', done);
      resolve();
    };
    if (socket.write(data)) done();
    else socket.once('drain', done);
  });
}

async function send(socket: Socket, step: Step): Promise<void> {
  if (step.text !== undefined) await write(socket, Buffer.from(step.text));
  else for (const block of pattern(step.pattern)) await write(socket, block);
}

/** Reads `wanted` bytes, or to the end, in paused mode. */
async function read(socket: Socket, wanted: number, timeout?: number): Promise<Step> {
  const digest = createHash('sha256');
  const result: Step = {};
  let size = 0;
  let text = Buffer.alloc(0);
  let timer: NodeJS.Timeout | undefined;
  let late = false;
  let wake: () => void = () => undefined;
  const awake = () => wake();
  for (const event of ['readable', 'end', 'close']) socket.on(event, awake);
  if (timeout) timer = setTimeout(() => { late = true; wake(); }, timeout);
  while (size < wanted) {
    if (socket.readableLength === 0) socket.read(0); // Asks for more.
    const data: Buffer | null = socket.readableLength > 0 ? socket.read(Math.min(wanted - size, socket.readableLength))
      : null;
    if (data) {
      digest.update(data);
      size += data.length;
      if (text.length < 256) text = Buffer.concat([text, data]).subarray(0, 256);
      continue;
    }
    if (faults.has(socket)) {
      result.error = describe(faults.get(socket));
      break;
    }
    if (socket.readableEnded) {
      result.end = true;
      break;
    }
    if (late) {
      // What a program makes of setTimeout: Duplex has no time-out of a single read.
      result.error = { domain: 1, subdomain: 0, code: 110, stage: 'stream' };
      break;
    }
    await new Promise<void>((resolve) => { wake = resolve; });
  }
  clearTimeout(timer);
  for (const event of ['readable', 'end', 'close']) socket.removeListener(event, awake);
  return { ...result, bytes: size, sha256: digest.digest('hex'), text: text.toString('latin1') };
}

function watch(socket: Socket): Socket {
  socket.on('error', (error) => { if (error instanceof StreamError) faults.set(socket, error); });
  return socket;
}

async function connect(step: Step): Promise<Socket> {
  const socket = watch(client.connect({
    host: step.host, port: step.port, allowHalfOpen: true,
    ...(step.socks && { socks: step.socks }),
    ...(step.connect_timeout_ms && { connectTimeout: step.connect_timeout_ms }),
  }));
  try {
    await socket.opened(step.timeout_ms);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function many(step: Step): Promise<Step> {
  const digest = createHash('sha256');
  for (const block of pattern(step.pattern)) digest.update(block);
  const wanted = digest.digest('hex');
  const right = await Promise.all(Array.from({ length: step.count }, async () => {
    const socket = await connect(step);
    const [, got] = await Promise.all([send(socket, step), read(socket, step.pattern)]);
    socket.destroy();
    return got.sha256 === wanted;
  }));
  return { right: right.filter(Boolean).length };
}

async function roundTrips(socket: Socket, count: number): Promise<Step> {
  for (let i = 0; i < count; i++) {
    socket.write('x');
    await read(socket, 1);
  }
  return { count };
}

async function run(step: Step): Promise<Step> {
  const socket = sockets.get(step.of ?? 'main')!;
  switch (step.op) {
    case 'begin':
      client = new Client(step.server, { heartbeat: step.heartbeat_ms, onDraining: () => drained() });
      return {};
    case 'open':
      sockets.set(step.as ?? 'main', await connect(step));
      return {};
    case 'write':
      await send(socket, step);
      return {};
    case 'finish':
      await new Promise<void>((resolve) => socket.end(() => resolve()));
      return {};
    case 'read':
      return read(socket, step.bytes, step.timeout_ms);
    case 'read_all':
      return read(socket, Infinity);
    case 'exchange':
      return (await Promise.all([read(socket, step.pattern), send(socket, step)]))[0];
    case 'round_trips':
      return roundTrips(socket, step.count);
    case 'unread':
      return { value: socket.unread };
    case 'many':
      return many(step);
    case 'reset':
      socket.resetAndDestroy();
      faults.set(socket, (socket as any).channel.error);
      return {};
    case 'close':
      socket.destroy();
      return {};
    case 'end': {
      const info = await socket.finished();
      return { bytes_read: info.bytesRead, bytes_written: info.bytesWritten };
    }
    case 'cancel_open': {
      const abort = new AbortController();
      const hanging = client.connect({ host: step.host, port: step.port, signal: abort.signal });
      const failed = new Promise<Error>((resolve) => hanging.on('error', resolve));
      abort.abort();
      return { cancelled: (await failed).name === 'AbortError' };
    }
    case 'cancel_read': {
      const reading = read(socket, 1);
      socket.resetAndDestroy();
      faults.set(socket, (socket as any).channel.error);
      return { cancelled: (await reading).error.code === 20 };
    }
    case 'await_draining':
      await draining;
      return { draining: true };
    default:
      throw new Error(`no such operation: ${step.op}`);
  }
}

async function main(): Promise<void> {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    let answer: Step;
    try {
      answer = await run(JSON.parse(line));
    } catch (error) {
      answer = { error: describe(error) };
    }
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await client.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(2);
});
