// The arrays of a call in WGSL: their bindings, and a function for each to read or write an element.
import { type BufferPlan, isWritten, ROLES, type Role } from '../buffer-plan.js';
import { CALL_STRUCT } from '../uniforms.js';
import { HALF } from './half.js';

/** Arrays whose elements are float16 where the problem says so. */
const HALVES: readonly Role[] = ['predictions', 'gradient'];

/** @param isAtomic Whether threads write halves of words there, so that all do so in whole operations. */
const access = (role: Role, slot: number, half: boolean, isAtomic: boolean) => {
  const isHalf = half && HALVES.includes(role);
  const word = `memory${slot}[call.${role} + ${isHalf ? '(i >> 1u)' : 'i'}]`;
  const loaded = isAtomic ? `atomicLoad(&${word})` : word;
  const read = `fn ${role}Bits(i: u32) -> u32 { return ${isHalf ? `ofHalf(${loaded}, i)` : loaded}; }\n`;
  if (!isWritten(role)) return read;
  const whole = isAtomic ? `atomicStore(&${word}, bits);` : `${word} = bits;`;
  const part = `
  let shift = 16u * (i & 1u);
  atomicAnd(&${word}, ~(0xffffu << shift));
  atomicOr(&${word}, toHalf(bits) << shift);
`;
  return `${read}fn ${role}Write(i: u32, bits: u32) { ${isHalf ? part : whole} }\n`;
};

export function memory({ slotOf, writable }: BufferPlan, half = false): string {
  const atomicSlot = half ? slotOf.gradient : undefined;
  const bindings = writable.map((written, slot) => {
    const type = slot === atomicSlot ? 'atomic<u32>' : 'u32';
    return `@group(0) @binding(${slot + 1}) var<storage, ${written ? 'read_write' : 'read'}> memory${slot}: array<${type}>;\n`;
  });
  const functions = ROLES.map((role) => {
    const slot = slotOf[role];
    return slot === undefined ? '' : access(role, slot, half, slot === atomicSlot);
  });
  return `${CALL_STRUCT}${bindings.join('')}${half ? HALF : ''}${functions.join('')}`;
}
