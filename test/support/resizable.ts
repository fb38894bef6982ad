// Resizable buffers, which TypeScript's library does not know yet and Node 18 does not have.
type Sized<B> = new (length: number, options: { maxByteLength: number }) => B;

export const ResizableBuffer = ArrayBuffer as unknown as Sized<ArrayBuffer & { resize(length: number): void }>;
export const GrowableBuffer = SharedArrayBuffer as unknown as Sized<SharedArrayBuffer>;
export const hasResizable = 'resizable' in ArrayBuffer.prototype;
