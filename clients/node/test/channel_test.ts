// The protocol of one channel, without any I/O.
import * as assert from 'node:assert';
import { test } from 'node:test';
import { ByteQueue } from '../src/byte_queue';
import { Channel } from '../src/channel';
import { StreamError } from '../src/errors';
import { Plain, value } from '../src/messages';
import { SendTurns } from '../src/turns';
import { ReceiveWindow, SendCredit, WindowBudget } from '../src/window';

const WINDOW = 1000;
const make = (number = 1, attach: Plain = {}) => new Channel(number, attach, WINDOW, 1 << 20, new WindowBudget(1 << 20));

function attach(channel: Channel, window = 1 << 20): void {
  const frames: Plain[] = [];
  channel.sendControl(frames);
  assert.strictEqual(frames[0]!.attach.window, WINDOW);
  assert.strictEqual(channel.deliver({ attached: { name: 'p', window } }), undefined);
  channel.deliver({ event: { type: value('StreamEventType', 'STREAM_EVENT_TYPE_READY') } });
}

function turn(channel: Channel): Plain[] {
  const frames: Plain[] = [];
  channel.sendTurn(1 << 20, frames);
  return frames;
}

test('the window grants half at once, and grows for a reader that keeps up', () => {
  const budget = new WindowBudget(150);
  const window = new ReceiveWindow(100, budget);
  assert.ok(window.onData(100, true));
  assert.ok(!window.onData(1, false));
  assert.strictEqual(window.onConsumed(49, 1000), 0);
  assert.strictEqual(window.onConsumed(11, 1000), 60);
  assert.strictEqual(window.onConsumed(40, 1000), 140);
  assert.strictEqual(window.size, 200);
  assert.ok(window.onData(200, true));
  assert.strictEqual(window.onConsumed(200, 1000), 250);
  assert.strictEqual(budget.left, 0);
  window.close();
  assert.strictEqual(budget.left, 150);
});

test('credit never passes its maximum', () => {
  const credit = new SendCredit();
  assert.ok(!credit.grant(2 ** 31 - 1));
  assert.ok(credit.grant(2 ** 31 - 1 - (64 << 10)));
  assert.ok(!credit.grant(1));
});

test('the queue keeps order across pieces of all sizes', () => {
  const queue = new ByteQueue();
  const all: Buffer[] = [];
  for (const size of [1, 5000, 10, 10, 4096, 4097, 1, 100_000, 3, ...Array(30_000).fill(1)]) {
    const piece = Buffer.alloc(size, all.length);
    queue.append(piece);
    all.push(piece);
    if (all.length % 7 === 0) assert.ok(queue.size > 0);
  }
  const taken: Buffer[] = [];
  while (queue.size > 0) taken.push(Buffer.from(queue.take(777)));
  assert.ok(Buffer.concat(taken).equals(Buffer.concat(all)));
  assert.ok(taken.length < 1000, 'tiny pieces share buffers');
});

test('what was taken stays as it was, whatever is appended then', () => {
  const queue = new ByteQueue();
  for (let i = 0; i < 100; i++) queue.append(Buffer.from('x'));
  queue.take(1);
  const taken = queue.take(3);
  queue.append(Buffer.from('yyyy'));
  assert.strictEqual(taken.toString(), 'xxx');
});

test('sends only within credit, and says when it starves', () => {
  const channel = make();
  channel.write(Buffer.alloc(100_000));
  assert.ok(!channel.wantsTurn);
  attach(channel, 70_000);
  const [data] = turn(channel);
  assert.strictEqual(data!.data.payload.length, 70_000);
  assert.ok(data!.data.starved);
  channel.deliver({ window: { increment: 30_000 } });
  channel.finish();
  const rest = turn(channel);
  assert.deepStrictEqual(rest.map((frame) => Object.keys(frame)[1]), ['data', 'finish']);
  assert.ok(!rest[0]!.data.starved);
});

test('a property keeps its place', () => {
  const channel = make();
  attach(channel);
  channel.write(Buffer.from('before'));
  const id = channel.setProperty({ noDelay: true }, 7);
  channel.write(Buffer.from('after'));
  const frames = turn(channel);
  assert.deepStrictEqual(frames.map((frame) => Object.keys(frame)[1]), ['data', 'setProperty', 'data']);
  assert.strictEqual(frames[1]!.setProperty.readOffset, 7);
  channel.deliver({ propertyResult: { id, error: { domain: 1000, code: 7 } } });
  assert.deepStrictEqual(channel.propertyResults.get(id)?.triple, [1000, 0, 7]);
});

test("the server's faults are found", () => {
  const channel = make();
  attach(channel);
  const code = (fault?: StreamError) => fault?.triple[2];
  assert.strictEqual(code(channel.deliverData(Buffer.alloc(WINDOW + 1), false)), 10);
  assert.strictEqual(code(channel.deliverData(Buffer.alloc(0), false)), 11);
  assert.strictEqual(code(channel.deliver({ window: { increment: 2 ** 31 - 1 } })), 10);
  assert.strictEqual(code(channel.deliver({ attached: { window: 1 << 20 } })), 11);
  assert.strictEqual(code(channel.deliver({ finish: {} })), undefined);
  assert.strictEqual(code(channel.deliver({ finish: {} })), 11);
  assert.strictEqual(code(channel.deliverData(Buffer.from('x'), false)), 11);
});

test('bytes come before the error, and an orderly end stays one', () => {
  const channel = make();
  attach(channel);
  channel.deliverData(Buffer.from('last'), false);
  channel.deliver({ end: { error: { domain: 1, code: 104, symbol: 'ECONNRESET' } } });
  assert.strictEqual(String(channel.read(100, 0)), 'last');
  const error = channel.read(100, 0);
  assert.ok(error instanceof StreamError);
  assert.deepStrictEqual([error.code, error.errno], ['ECONNRESET', -104]);
  const orderly = make(2);
  attach(orderly);
  orderly.deliver({ finish: {} });
  orderly.deliver({ end: { error: { domain: 1, code: 32 } } });
  assert.strictEqual(orderly.read(100, 0), 'end');
});

test('abandoned, it sends what is unsent, and a RST for what nobody reads', () => {
  const channel = make();
  attach(channel);
  channel.write(Buffer.from('bye'));
  channel.abandon();
  assert.deepStrictEqual(turn(channel).map((frame) => Object.keys(frame)[1]), ['data', 'finish']);
  assert.ok(!channel.wantsControl);
  channel.deliverData(Buffer.from('x'), false);
  const frames: Plain[] = [];
  channel.sendControl(frames);
  assert.ok(frames[0]!.reset);
});

test('everyone gets the same share', () => {
  const channels = new Map<number, Channel>();
  const turns = new SendTurns();
  for (let number = 1; number <= 8; number++) {
    const channel = make(number);
    attach(channel, 1 << 24);
    channel.write(Buffer.alloc(1 << 20));
    turns.note(channel);
    channels.set(number, channel);
  }
  turns.note(make(9)); // Gone before its turn.
  const sent: number[] = [];
  turns.fill((number) => channels.get(number), (_channel, bytes) => sent.push(bytes), () => 0);
  assert.deepStrictEqual(sent, Array(8).fill(64 << 10));
});

test('errors on one line', () => {
  const error = new StreamError({ domain: 1, code: 111, symbol: 'ECONNREFUSED', stage: 5, reason: 7,
    address: '127.0.0.1:9', message: 'the text' });
  assert.strictEqual(error.message,
    'ECONNREFUSED (POSIX, 0, 111) at stage connect, connection_refused, 127.0.0.1:9: the text');
  assert.strictEqual(new StreamError({ domain: 77, code: 5 }).code, '(77, 0, 5)');
});
