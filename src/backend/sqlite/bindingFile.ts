import * as fs from 'node:fs';

/** Enough for the header of an ELF file and its program headers. */
const headLength = 4096;
const elfMagic = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** `e_machine` of the systems that there are binaries for. */
const machines: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };
const loadSegment = 1;

/** The first bytes of a file, and how many there are in all. */
export interface FileHead {
  readonly bytes: Buffer;
  readonly size: number;
}

export function readHead(file: string): FileHead {
  const descriptor = fs.openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(headLength);
    const read = fs.readSync(descriptor, bytes, 0, headLength, 0);
    return { bytes: bytes.subarray(0, read), size: fs.fstatSync(descriptor).size };
  } finally {
    fs.closeSync(descriptor);
  }
}

/**
 * What speaks against loading an ELF file (64 bits, little endian), `undefined` for nothing. Loading one that has been
 * cut short ends the process with SIGBUS, which nothing can catch; one for another processor is reported by the loader
 * as a missing file. Other kinds of files are left to the loader.
 */
export function elfProblem({ bytes, size }: FileHead, arch: string): string | undefined {
  if (bytes.length < 64 || !bytes.subarray(0, 4).equals(elfMagic) || bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const machine = machines[arch];
  if (machine !== undefined && bytes.readUInt16LE(18) !== machine)
    return `it is made for another processor than ${arch}`;
  const start = Number(bytes.readBigUInt64LE(32));
  const length = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  for (let index = 0; index < count; index++) {
    const at = start + index * length;
    if (at + 56 > bytes.length) break;
    if (bytes.readUInt32LE(at) !== loadSegment) continue;
    const end = bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 32);
    if (end > BigInt(size))
      return `it has been cut short: ${size.toLocaleString('en')} of at least ${end.toLocaleString('en')} bytes are there`;
  }
  return undefined;
}
