// The page: what its buttons do, and who shows what.
import { onSchemeChange } from './charts/palette.js';
import { frames } from './frames.js';
import { settingsOf } from './settings.js';
import { Comparison } from './training/comparison.js';
import type { Backend } from './training/protocol.js';
import { type State, Training } from './training/training.js';
import { BackendView, NAMES } from './views/backend.js';
import { DistancesView } from './views/distances.js';
import { byId } from './views/element.js';
import { ScoresView } from './views/scores.js';
import { TimingView } from './views/timing.js';

const BUTTON: Record<State, string> = { ready: 'Start', running: 'Pause', paused: 'Go on', done: 'Again' };

function main(): void {
  const settings = settingsOf(location.search);
  const scores = new ScoresView();
  const distances = new DistancesView();
  const timing = new TimingView(settings);
  const comparison = new Comparison();
  const [start, reset] = ['start', 'reset'].map((id) => byId<HTMLButtonElement>(id));
  let training: Training;
  let recolored = true;

  const changed = frames(() => {
    const { state, progress, info } = training;
    scores.show(training, recolored);
    distances.show(training, recolored);
    backends.show(training);
    recolored = false;
    start.textContent = BUTTON[state];
    start.disabled = info === undefined;
    reset.disabled = state === 'ready';
    timing.allow(state !== 'running' && !comparison.running);
    byId<HTMLProgressElement>('progress').value = progress;
    if (info) byId('status').textContent = statusOf(training);
    document.body.dataset.state = info ? state : 'loading';
    if (info) {
      const threads = info.threads === 1 ? '1 thread' : `${info.threads} threads`;
      byId('info').textContent = `squared-emd ${info.version}, ${info.backend}, ${info.isa}, ${threads}`;
    }
  });

  const begin = (backend: Backend) => {
    comparison.stop();
    backends.clear();
    const own = new Training(settings, backend, {
      changed: () => {
        changed();
        if (own.state === 'done') ended();
      },
      failed: fail,
      refused: (reason) => {
        backends.refuse(reason);
        change('cpu');
      },
    });
    training = own;
    changed();
  };

  /** Begins anew elsewhere. */
  const change = (backend: Backend) => {
    const { state } = training;
    training.stop();
    begin(backend);
    if (state === 'running') training.run();
  };

  // One after the other, as each would disturb the others' times.
  const ended = () => {
    if (!backends.hasGpu) {
      if (!timing.asked) timing.measure();
      return;
    }
    backends.await(training);
    comparison.start(training, (trial) => {
      backends.clear();
      if (trial) backends.compare(training, trial);
      changed();
      if (!timing.asked) timing.measure();
    });
  };

  const backends = new BackendView(change);
  start.addEventListener('click', () => {
    if (training.state === 'running') {
      training.pause();
      return;
    }
    if (training.state === 'done') begin(training.backend);
    timing.cancel();
    training.run();
  });
  reset.addEventListener('click', () => {
    training.stop();
    begin(training.backend);
  });
  onSchemeChange(() => {
    recolored = true;
    changed();
  });
  begin('gpu');
}

function statusOf({ state, epochs, settings, backend }: Training): string {
  if (state === 'running' && epochs === 0 && backend === 'gpu') return 'the GPU compiles its kernels …';
  return `epoch ${epochs} of ${settings.epochs}, ${settings.seeds} splits, on the ${NAMES[backend]}`;
}

function fail(message: string): void {
  const status = byId('status');
  status.textContent = `Something went wrong: ${message}`;
  status.classList.add('failed');
}

main();
