// The arrays of a call in WGSL: their bindings, and a function for each to read or write an element.
import { type BufferPlan, isWritten, ROLES, type Role } from '../buffer-plan.js';
import { CALL_STRUCT } from '../uniforms.js';

const access = (role: Role, slot: number) => {
  const place = `memory${slot}[call.${role} + i]`;
  const read = `fn ${role}Bits(i: u32) -> u32 { return ${place}; }\n`;
  return isWritten(role) ? `${read}fn ${role}Write(i: u32, bits: u32) { ${place} = bits; }\n` : read;
};

export function memory({ slotOf, writable }: BufferPlan): string {
  const bindings = writable.map(
    (written, slot) =>
      `@group(0) @binding(${slot + 1}) var<storage, ${written ? 'read_write' : 'read'}> memory${slot}: array<u32>;\n`,
  );
  const functions = ROLES.map((role) => (slotOf[role] === undefined ? '' : access(role, slotOf[role])));
  return `${CALL_STRUCT}${bindings.join('')}${functions.join('')}`;
}
