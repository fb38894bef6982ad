// The page: what its buttons do, and who shows what.
import { onSchemeChange } from './charts/palette.js';
import { loadHouses } from './data.js';
import { settingsOf } from './settings.js';
import { type State, Training } from './training/training.js';
import { DistancesView } from './views/distances.js';
import { byId } from './views/element.js';
import { ScoresView } from './views/scores.js';
import { TimingView } from './views/timing.js';

const BUTTON: Record<State, string> = { ready: 'Start', running: 'Pause', paused: 'Go on', done: 'Again' };

async function main(): Promise<void> {
  const settings = settingsOf(location.search);
  const houses = await loadHouses();
  const scores = new ScoresView();
  const distances = new DistancesView();
  const timing = new TimingView();
  const [start, reset] = ['start', 'reset'].map((id) => byId<HTMLButtonElement>(id));
  let training: Training;
  let scheduled = false;

  /** What is new is shown with the next frame, however much of it there is. */
  const changed = () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      show();
    });
  };

  const show = () => {
    const { state, progress, epochs, info } = training;
    scores.show(training);
    distances.show(training);
    start.textContent = BUTTON[state];
    start.disabled = false;
    reset.disabled = state === 'ready';
    timing.allow(state !== 'running');
    if (state === 'done' && !timing.asked) timing.measure();
    byId<HTMLProgressElement>('progress').value = progress;
    byId('status').textContent = `epoch ${epochs} of ${settings.epochs}, ${settings.seeds} splits`;
    document.body.dataset.state = state;
    if (info) {
      const threads = info.threads === 1 ? '1 thread' : `${info.threads} threads`;
      byId('info').textContent = `squared-emd ${info.version}, ${info.backend}, ${info.isa}, ${threads}`;
    }
  };

  const begin = () => {
    training = new Training(settings, houses, changed, fail);
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
  onSchemeChange(changed);
  begin();
}

function fail(message: string): void {
  const status = byId('status');
  status.textContent = `Something went wrong: ${message}`;
  status.classList.add('failed');
}

main().catch((error: Error) => fail(error.message));
