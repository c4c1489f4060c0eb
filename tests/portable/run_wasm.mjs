// Runs a WASI program that takes arguments and writes to the standard outputs: node run_wasm.mjs PROGRAM ARGUMENT…
// Not by node:wasi: it is an experiment under another flag in each version of Node, and in 20.20 it ends some runs with a segmentation
// fault after the last line. What the program imports is little, and what it imports beyond this ends it with "not there".
import { readFile } from "node:fs/promises";
import { writeSync } from "node:fs";

const EBADF = 8;
const args = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(args[0]));
let memory;
const view = () => new DataView(memory.buffer);

class Exit {
  constructor(code) {
    this.code = code;
  }
}

function putTexts(texts, list, room) {
  for (const text of texts) {
    view().setUint32(list, room, true);
    new Uint8Array(memory.buffer, room).set(Buffer.from(text + "\0"));
    list += 4;
    room += Buffer.byteLength(text) + 1;
  }
  return 0;
}

function fdWrite(fd, list, count, written) {
  if (fd !== 1 && fd !== 2) return EBADF;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const at = view().getUint32(list + 8 * i, true);
    const size = view().getUint32(list + 8 * i + 4, true);
    const bytes = Buffer.from(memory.buffer, at, size);
    for (let done = 0; done < size; ) done += writeSync(fd, bytes, done);
    sum += size;
  }
  view().setUint32(written, sum, true);
  return 0;
}

// A terminal or pipe: a character device, no rights asked for.
function fdStat(fd, at) {
  if (fd > 2) return EBADF;
  new Uint8Array(memory.buffer, at, 24).fill(0);
  view().setUint8(at, 2);
  return 0;
}

const there = {
  args_sizes_get(count, size) {
    view().setUint32(count, args.length, true);
    view().setUint32(size, args.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0), true);
    return 0;
  },
  args_get: (list, room) => putTexts(args, list, room),
  fd_write: fdWrite,
  fd_fdstat_get: fdStat,
  fd_close: () => 0,
  fd_seek: () => EBADF,
  fd_prestat_get: () => EBADF, // no folder is open
  fd_prestat_dir_name: () => EBADF,
  proc_exit(code) {
    throw new Exit(code);
  },
};
for (const wanted of WebAssembly.Module.imports(module)) {
  there[wanted.name] ??= () => {
    throw new Error(`not there: ${wanted.name}`);
  };
}

const instance = await WebAssembly.instantiate(module, { wasi_snapshot_preview1: there });
memory = instance.exports.memory;
try {
  instance.exports._start();
} catch (why) {
  if (!(why instanceof Exit)) throw why;
  process.exitCode = why.code;
}
