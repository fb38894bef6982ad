// What is ordered and what is not: work on one stream, work on several, events between them, memory that crosses over.
import * as assert from 'uvu/assert';
import { DeviceArray, EmdError, type Event, emdLoss, emdLossAsync, Graph, Stream } from '../../lib/index.js';
import { gpuSuite } from './support/gpu.js';

const test = gpuSuite('stream order');

const C = 8;
const ROWS = 64;
const scores = Float32Array.from({ length: ROWS * C }, (_, i) => Math.sin(i));
const labels = Uint8Array.from({ length: ROWS }, (_, i) => i % C);
const expected = () => emdLoss(DeviceArray.from(scores), labels, { classes: C });
const floats = (array: DeviceArray) => array.toHost() as Float32Array;

test('a stream has a handle, and another one has another', () => {
  const [a, b] = [new Stream(), new Stream()];
  assert.is(typeof a.handle, 'bigint');
  assert.is.not(a.handle, b.handle);
  assert.is(a.device, 0);
  assert.is(String(a), 'a Stream of GPU 0');
});

test('work on one stream runs in order', async () => {
  const stream = new Stream();
  const array = DeviceArray.allocate('float32', 1000, { stream });
  for (let i = 0; i < 50; i++) array.fill(i, { stream });
  assert.equal(new Set((await array.toHostAsync({ stream })) as Float32Array), new Set([49]));
});

test('an array that was allocated on one stream can be used on another', async () => {
  for (let round = 0; round < 20; round++) {
    const [a, b] = [new Stream(), new Stream()];
    const array = DeviceArray.allocate('float32', 100, { stream: a });
    array.fill(round, { stream: b });
    assert.is(((await array.toHostAsync({ stream: b })) as Float32Array)[99], round);
    array.dispose();
  }
});

test('an array that was copied there can be used on any stream', () => {
  const { loss } = expected();
  for (let round = 0; round < 20; round++) {
    const [predictions, targets] = [DeviceArray.from(scores), DeviceArray.from(labels)];
    const stream = new Stream();
    assert.is(emdLoss(predictions, targets, { classes: C, stream }).loss, loss);
    for (const it of [predictions, targets, stream]) it.dispose();
  }
});

test('a stream waits for the event of another', async () => {
  const [first, second] = [new Stream(), new Stream()];
  for (let round = 0; round < 20; round++) {
    const array = DeviceArray.allocate('float32', 1000);
    const copy = DeviceArray.allocate('float32', 1000);
    for (let i = 0; i <= round; i++) array.fill(i, { stream: first });
    second.wait(first.record());
    const gathered = array.slice(0, 1000, { stream: second });
    assert.is(((await gathered.toHostAsync({ stream: second })) as Float32Array)[0], round);
    for (const it of [array, copy, gathered]) it.dispose();
  }
});

test('a result is waited for on its stream', async () => {
  const { loss, gradient } = expected();
  const stream = new Stream();
  for (let round = 0; round < 10; round++) {
    const predictions = DeviceArray.allocate('float32', ROWS * C);
    const uploaded = predictions.copyFromAsync(scores, { stream });
    const result = await emdLossAsync(predictions, labels, { classes: C, stream });
    assert.is(result.loss, loss);
    const found = (await result.gradient?.toHostAsync({ stream })) as Float32Array;
    assert.equal(found, floats(gradient as DeviceArray));
    await uploaded;
    result.gradient?.dispose();
    predictions.dispose();
  }
});

test('asynchronous calls run in the order of the calls', async () => {
  const predictions = DeviceArray.from(scores);
  const gradients: DeviceArray[] = [];
  const running = Array.from({ length: 10 }, (_, i) => {
    const gradient = DeviceArray.allocate('float32', ROWS * C);
    gradients.push(gradient);
    const call = emdLossAsync(predictions, labels, { classes: C, gradient });
    predictions.fill(i);
    return call;
  });
  const losses = (await Promise.all(running)).map(({ loss }) => loss);
  assert.is(losses[0], expected().loss);
  assert.equal(new Set(losses.slice(1)), new Set([losses[1]]));
  for (const gradient of gradients) gradient.dispose();
});

test('an allocation that is disposed of is not handed out before the work on it is done', async () => {
  const [user, other] = [new Stream(), new Stream()];
  for (let round = 0; round < 20; round++) {
    const array = DeviceArray.from(Float32Array.of(1, 2, 3));
    const copy = array.slice(0, 3, { stream: user });
    array.dispose();
    const next = DeviceArray.allocate('float32', 3, { stream: other }).fill(99, { stream: other });
    assert.equal(Array.from((await copy.toHostAsync({ stream: user })) as Float32Array), [1, 2, 3]);
    next.dispose();
    copy.dispose();
  }
});

test('an array that several streams use is not given back before any of them is done', async () => {
  const [home, user] = [new Stream(), new Stream()];
  for (let round = 0; round < 20; round++) {
    const array = DeviceArray.allocate('float32', 100, { stream: home });
    const copy = DeviceArray.allocate('float32', 100);
    array.fill(1, { stream: user });
    home.wait(user.record());
    for (let i = 0; i < 5; i++) array.fill(i, { stream: home });
    array.dispose();
    assert.is(floats(copy.fill(round))[99], round);
    copy.dispose();
  }
  await home.synchronize();
});

test('synchronize resolves when the work is done', async () => {
  const stream = new Stream();
  await stream.synchronize();
  const array = DeviceArray.allocate('float32', 10_000).fill(1, { stream });
  await stream.synchronize();
  const event = stream.record();
  await event.synchronize();
  assert.is(floats(array)[9999], 1);
});

test('the time between two events', () => {
  const stream = new Stream();
  const array = DeviceArray.allocate('float32', 100_000);
  const events: Event[] = [stream.record()];
  for (let i = 0; i < 3; i++) {
    array.fill(i, { stream });
    events.push(stream.record());
  }
  const [first, ...later] = events;
  for (const event of later) assert.ok(event.elapsedSince(first) >= 0);
  assert.is(first.elapsedSince(first), 0);
});

test('a stream of somebody else', async () => {
  const owner = new Stream();
  const stream = Stream.fromHandle(owner.handle, { device: 0 });
  assert.is(stream.handle, owner.handle);
  const array = DeviceArray.allocate('float32', 100, { stream }).fill(5, { stream });
  await owner.synchronize();
  assert.is(floats(array)[0], 5);
  assert.is(emdLoss(DeviceArray.from(scores), labels, { classes: C, stream }).loss, expected().loss);
  // Disposing of it leaves the stream, and memory that was used on it can be given back after the stream is gone.
  stream.dispose();
  await owner.synchronize();
  owner.dispose();
  array.dispose();
});

test('a stream of somebody else who captures it is refused, and the capture goes on', async () => {
  const owner = new Stream();
  const stream = Stream.fromHandle(owner.handle, { device: 0 });
  const array = DeviceArray.allocate('float32', 100).fill(5);
  const capturing = (body: () => unknown) =>
    assert.throws(
      body,
      (error: unknown) =>
        error instanceof EmdError && error.code === 'CAPTURING' && /somebody else/.test(error.message),
    );
  const graph = Graph.capture(owner, () => {
    array.fill(6, { stream: owner });
    capturing(() => array.fill(7, { stream }));
    capturing(() => DeviceArray.allocate('float32', 1, { stream }));
    capturing(() => emdLoss(DeviceArray.from(scores), labels, { classes: C, stream }));
    capturing(() => stream.record());
    capturing(() => stream.wait(new Stream().record()));
    capturing(() => Graph.capture(stream, () => {}));
  });
  assert.is(floats(array)[0], 5);
  graph.launch(stream);
  await stream.synchronize();
  assert.is(floats(array)[0], 6);
});

test('a stream of ours that somebody else captures by its handle is refused', () => {
  const made = new Stream();
  const other = Stream.fromHandle(made.handle, { device: 0 });
  const array = DeviceArray.allocate('float32', 10, { stream: made });
  Graph.capture(other, () => {
    assert.throws(
      () => array.fill(1, { stream: made }),
      (error: unknown) => error instanceof EmdError && error.code === 'CAPTURING',
    );
    assert.is(made.handle, other.handle);
  });
  array.fill(2, { stream: made });
  assert.is(floats(array)[0], 2);
});

test('a capture does not begin while asynchronous calls on host arrays run on the stream', async () => {
  const stream = new Stream();
  const running = emdLossAsync(scores, labels, { classes: C, device: 0, stream });
  assert.throws(
    () => Graph.capture(stream, () => {}),
    (error: unknown) =>
      error instanceof EmdError && error.code === 'CAPTURING' && /await them first/.test(error.message),
  );
  assert.is((await running).loss, expected().loss);
  Graph.capture(stream, () => {});
  // On a foreign stream they run elsewhere, behind what is enqueued there.
  const owner = new Stream();
  const foreign = Stream.fromHandle(owner.handle, { device: 0 });
  const later = emdLossAsync(scores, labels, { classes: C, device: 0, stream: foreign });
  Graph.capture(owner, () => {});
  assert.is((await later).loss, expected().loss);
});

test('the legacy default stream', async () => {
  for (const handle of [0n, 1n]) {
    const stream = Stream.fromHandle(handle, { device: 0 });
    const array = DeviceArray.allocate('float32', 10, { stream }).fill(3, { stream });
    await stream.synchronize();
    assert.is(floats(array)[0], 3);
  }
});

test('a batch that is staged through the GPU on a stream', async () => {
  const stream = new Stream();
  const { loss } = emdLoss(scores, labels, { classes: C, device: 0, stream });
  assert.is(loss, expected().loss);
  assert.is((await emdLossAsync(scores, labels, { classes: C, device: 0, stream })).loss, loss);
});

test.run();
