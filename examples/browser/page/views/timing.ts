// How long the loss takes on the visitor's machine, as bars.

import type { Settings } from '../settings.js';
import { CONTENDERS, type FromTimer, SHAPES, type Shape } from '../timing/protocol.js';
import { byId, make } from './element.js';
import { inDigits, inPowers } from './numbers.js';

type Timed = Extract<FromTimer, { kind: 'timed' }>;

export class TimingView {
  /** Whether anybody has asked for a measurement. */
  asked = false;
  private worker: Worker | undefined;
  private readonly timed = new Map<Shape, Timed>();
  private readonly button = byId<HTMLButtonElement>('measure');

  constructor({ rounds }: Settings) {
    byId('rounds').textContent = String(rounds);
    this.button.addEventListener('click', () => this.measure());
    this.show();
  }

  /** Begins to measure anew. */
  measure(): void {
    this.asked = true;
    this.cancel();
    this.timed.clear();
    this.button.disabled = true;
    this.note('measuring …');
    this.show();
    this.worker = new Worker(`timing-worker.js${location.search}`);
    this.worker.addEventListener('message', ({ data }: MessageEvent<FromTimer>) => this.receive(data));
    this.worker.addEventListener('error', ({ message }) => {
      this.cancel();
      this.note(`not measured: ${message}`);
    });
  }

  /** Ends a measurement, which training would disturb. */
  cancel(): void {
    if (!this.worker) return;
    this.worker.terminate();
    this.worker = undefined;
    this.button.disabled = false;
    this.note('');
  }

  /** While networks are trained there is nothing to measure. */
  allow(allowed: boolean): void {
    if (!allowed) this.cancel();
    this.button.disabled = !allowed || this.worker !== undefined;
  }

  private receive(message: FromTimer): void {
    if (message.kind === 'began') byId('tfjs').textContent = message.tfjs;
    if (message.kind === 'gpu') byId('gpu').textContent = message.name ?? 'none: this browser has no WebGPU here';
    if (message.kind === 'timed') {
      const shape = SHAPES.find(
        ({ rows, classes, where }) =>
          rows === message.shape.rows && classes === message.shape.classes && where === message.shape.where,
      );
      if (shape) this.timed.set(shape, message);
      this.show();
    }
    if (message.kind === 'done') this.cancel();
  }

  private note(text: string): void {
    byId('timing-note').textContent = text;
  }

  private show(): void {
    byId('timings').replaceChildren(...SHAPES.map((shape) => figureOf(shape, this.timed.get(shape))));
  }
}

function figureOf({ rows, classes, where }: Shape, timed: Timed | undefined): HTMLElement {
  const times = Object.values(timed?.microseconds ?? {});
  const longest = Math.max(...times);
  const unit = longest >= 1000 ? { name: 'ms', of: 1000 } : { name: 'µs', of: 1 };
  const bars = CONTENDERS.map(({ id, name, note, color }) => {
    const time = timed?.microseconds[id];
    const width = time === undefined ? 0 : (100 * time) / longest;
    return make(
      'div',
      { class: 'bar-row', 'data-contender': id },
      make('span', { class: 'bar-name' }, name, make('small', {}, note[where])),
      make(
        'span',
        { class: 'bar-track' },
        make('span', { class: 'bar', style: `width: ${width}%; background: var(${color})` }),
      ),
      make('span', { class: 'bar-value' }, time === undefined ? '–' : `${inDigits(time / unit.of)} ${unit.name}`),
    );
  });
  const caption = timed ? comparison(timed) : ['not measured yet'];
  return make(
    'figure',
    { class: 'bars' },
    make(
      'h3',
      {},
      `${rows.toLocaleString('en')} rows × ${classes.toLocaleString('en')} classes${where === 'gpu' ? ', on the GPU' : ''}`,
    ),
    ...bars,
    make('figcaption', timed ? {} : { class: 'pending' }, ...caption),
  );
}

function comparison({ microseconds, difference }: Timed): (Node | string)[] {
  const [own, adapter] = [microseconds.package, microseconds.adapter].map((time) => microseconds.expression / time);
  return [
    `${inDigits(own)} times as fast as the expression, ${inDigits(adapter)} with tensors`,
    make('small', {}, `results agree to ${inPowers(difference)}`),
  ];
}
