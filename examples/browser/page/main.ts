// The page: what its buttons do, and who shows what.
import { onSchemeChange } from './charts/palette.js';
import { frames } from './frames.js';
import { settingsOf } from './settings.js';
import { type State, Training } from './training/training.js';
import { DistancesView } from './views/distances.js';
import { byId } from './views/element.js';
import { ScoresView } from './views/scores.js';
import { TimingView } from './views/timing.js';

const BUTTON: Record<State, string> = { ready: 'Start', running: 'Pause', paused: 'Go on', done: 'Again' };

function main(): void {
  const settings = settingsOf(location.search);
  const scores = new ScoresView();
  const distances = new DistancesView();
  const timing = new TimingView();
  const [start, reset] = ['start', 'reset'].map((id) => byId<HTMLButtonElement>(id));
  let training: Training;
  let recolored = true;

  const changed = frames(() => {
    const { state, progress, epochs, info } = training;
    scores.show(training, recolored);
    distances.show(training, recolored);
    recolored = false;
    start.textContent = BUTTON[state];
    start.disabled = info === undefined;
    reset.disabled = state === 'ready';
    timing.allow(state !== 'running');
    if (state === 'done' && !timing.asked) timing.measure();
    byId<HTMLProgressElement>('progress').value = progress;
    if (info) byId('status').textContent = `epoch ${epochs} of ${settings.epochs}, ${settings.seeds} splits`;
    document.body.dataset.state = info ? state : 'loading';
    if (info) {
      const threads = info.threads === 1 ? '1 thread' : `${info.threads} threads`;
      byId('info').textContent = `squared-emd ${info.version}, ${info.backend}, ${info.isa}, ${threads}`;
    }
  });

  const begin = () => {
    training = new Training(settings, changed, fail);
    changed();
  };

  start.addEventListener('click', () => {
    if (training.state === 'running') {
      training.pause();
      return;
    }
    if (training.state === 'done') begin();
    timing.cancel();
    training.run();
  });
  reset.addEventListener('click', () => {
    training.stop();
    begin();
  });
  onSchemeChange(() => {
    recolored = true;
    changed();
  });
  begin();
}

function fail(message: string): void {
  const status = byId('status');
  status.textContent = `Something went wrong: ${message}`;
  status.classList.add('failed');
}

main();
