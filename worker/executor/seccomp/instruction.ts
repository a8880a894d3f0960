/** One instruction of classic BPF: `struct sock_filter` of linux/filter.h. */
export type Instruction = Readonly<{ code: number; jt: number; jf: number; k: number }>;

// BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_{JEQ,JGE,JSET} | BPF_K, BPF_RET | BPF_K
const LOAD = 0x20;
const EQUAL = 0x15;
const AT_LEAST = 0x35;
const ANY_BIT = 0x45;
const RETURN = 0x06;

/** Loads the 32-bit word at a byte offset of `struct seccomp_data`. */
export const load = (offset: number): Instruction => ({ code: LOAD, jt: 0, jf: 0, k: offset });

/** Ends the filter with a SECCOMP_RET_* value. */
export const end = (value: number): Instruction => ({ code: RETURN, jt: 0, jf: 0, k: value });

/** Runs `body` when the loaded word equals `value`, and goes on after it otherwise. */
export const whenEqual = (value: number, body: readonly Instruction[]) => when(EQUAL, value, body);

/** Runs `body` when the loaded word is `value` or more. */
export const whenAtLeast = (value: number, body: readonly Instruction[]) =>
  when(AT_LEAST, value, body);

/** Runs `body` when the loaded word has any of these bits. */
export const whenAnyBit = (bits: number, body: readonly Instruction[]) => when(ANY_BIT, bits, body);

function when(code: number, k: number, body: readonly Instruction[]): readonly Instruction[] {
  // The jump is one byte. A body must end the filter, or what follows it would be taken for the next case.
  if (body.length > 255) throw new Error('A filter jumps over 255 instructions at most');
  return [{ code, jt: 0, jf: body.length, k }, ...body];
}

/** The bytes that the kernel takes: eight per instruction, little-endian on both processors. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(jt, index * 8 + 2);
    bytes.writeUInt8(jf, index * 8 + 3);
    bytes.writeUInt32LE(k, index * 8 + 4);
  }
  return bytes;
}
