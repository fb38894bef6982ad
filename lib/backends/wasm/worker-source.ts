// The program of the worker that asynchronous calls run in, as text: a file of its own would have to be found by every bundler and
// under every Content-Security-Policy, and a function's text is not what was written once a bundler has had it in its hands.

/**
 * A message has the stretch of memory of a call and the name of the function; arguments [n] are distances from its beginning. The
 * answer is the stretch as it is then, or what went wrong. Ground distances are sent once, and known by their numbers.
 */
export const WORKER_SOURCE = `
let serve, native, grounds, arena = 0, arenaBytes = 0;
const bytes = () => new Uint8Array(native.memory.buffer);
const allocate = (size) => {
  const address = native.aligned_alloc(64, Math.ceil(size / 64) * 64) >>> 0;
  if (address === 0) throw 'memory';
  return address;
};
const start = (module) => {
  native = new WebAssembly.Instance(module).exports;
  native._initialize();
  grounds = new Map();
  arena = arenaBytes = 0;
};
const makeGround = ({ id, bytes: image, begins, numbers: [kind, classes, exponent, offset, indefinite] }) => {
  const base = allocate(image.length);
  bytes().set(image, base);
  const [weights, parents, distances] = begins.map((begin) => begin && base + begin);
  const status = native.createGround(kind, classes, weights, parents, distances, exponent, offset, indefinite, base);
  if (status !== 0) throw 'memory';
  grounds.set(id, new DataView(native.memory.buffer).getUint32(base, true));
  native.free(base);
};
const run = ({ ground, dropped, name, args, image }) => {
  for (const id of dropped) {
    native.destroyGround(grounds.get(id));
    grounds.delete(id);
  }
  if (ground && ground.bytes) makeGround(ground);
  if (image.length > arenaBytes) {
    if (arena) native.free(arena);
    arena = arenaBytes = 0;
    arena = allocate(image.length);
    arenaBytes = image.length;
  }
  bytes().set(image, arena);
  const own = args.map((arg) => (Array.isArray(arg) ? arena + arg[0] : arg));
  native[name](...(ground ? [grounds.get(ground.id), ...own] : own));
  image.set(bytes().subarray(arena, arena + image.length));
};
const receive = (message, send) => {
  if (message.module) {
    serve = message.module;
    start(serve);
    return send({ ready: true }, []);
  }
  let failed;
  try {
    run(message);
  } catch (error) {
    failed = error === 'memory' || native.ranOutOfMemory() ? 'memory' : String(error);
    start(serve);
  }
  send({ failed, image: message.image }, [message.image.buffer]);
};
`;
