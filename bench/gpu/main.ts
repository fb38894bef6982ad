// npm run bench:gpu
import { cuda } from 'squared-emd';
import { describe, environment } from '../report/environment.js';
import { Progress } from '../report/progress.js';
import { type GpuCase, nameOf } from './cases.js';
import { bytesOfFeatures, nameOfFeatures, runFeatures } from './features.js';
import { missingTorch, runPeers } from './python-peers.js';
import { featureTable, type GpuResult, largeTable, peerTable, smallTable, writeGpuResult } from './report.js';
import { fits, runLarge, runSmall } from './run-case.js';
import { type GpuSettings, readSettings, USAGE } from './settings.js';

async function main(): Promise<void> {
  const settings = readSettings();
  if (settings === undefined) return console.log(USAGE);
  const status = cuda.status();
  if (!status.available) {
    console.error(`no GPU to measure: ${status.detail}`);
    process.exitCode = 1;
    return;
  }
  const result: GpuResult = {
    environment: environment(),
    cuda: status,
    large: [],
    forms: [],
    small: [],
    features: [],
    peers: [],
    left: [],
  };
  const [card] = status.devices;
  console.log(`${describe(result.environment)}\n${card.name}, compute capability ${card.computeCapability}\n`);
  await runAll(settings, result);
  console.log(`Loss and gradient, ordered, logits, class indices:\n${largeTable(result.large)}\n`);
  console.log(`Other ground distances, power 1, distributions:\n${largeTable(result.forms)}\n`);
  console.log(`Small batches:\n${smallTable(result.small)}\n`);
  console.log(`Centroids, and distances between them:\n${featureTable(result.features)}\n`);
  let file = writeGpuResult(result, settings.out); // before the part that takes long
  if (settings.peers) {
    addPeers(settings, result);
    file = writeGpuResult(result, settings.out);
  }
  if (result.peers.length > 0) console.log(`Peers, forward and backward:\n${peerTable(result.peers, result.large)}\n`);
  console.log(`Medians over ${settings.effort.rounds} rounds by the GPU's clock; the first rows were verified first.`);
  console.log(
    'Copy: the same bytes from device memory to device memory. GB/s: predictions (and distributions) read, gradient written.',
  );
  console.log(`\n${file}`);
  for (const line of result.left) console.error(line);
  if (result.left.some((line) => line.startsWith('FAILED'))) process.exitCode = 1;
}

async function runAll({ large, forms, small, features, effort }: GpuSettings, result: GpuResult): Promise<void> {
  const progress = new Progress(large.length + forms.length + small.length + features.length);
  const { totalMemory } = result.cuda.devices[0];
  const attempt = async (name: string, hasRoom: boolean, run: () => Promise<void>) => {
    progress.begin(name);
    try {
      if (hasRoom) await run();
      else result.left.push(`${name}: more than the GPU's memory`);
    } catch (error) {
      result.left.push(`FAILED ${name}: ${(error as Error).message}`);
    }
    progress.end();
  };
  const attemptLoss = (work: GpuCase, run: () => Promise<void>) => attempt(nameOf(work), fits(work, totalMemory), run);
  for (const work of large) await attemptLoss(work, async () => void result.large.push(await runLarge(work, effort)));
  for (const work of forms) await attemptLoss(work, async () => void result.forms.push(await runLarge(work, effort)));
  for (const work of small) await attemptLoss(work, async () => void result.small.push(await runSmall(work, effort)));
  for (const work of features) {
    await attempt(nameOfFeatures(work), bytesOfFeatures(work) < totalMemory, async () => {
      result.features.push(await runFeatures(work, effort));
    });
  }
}

/** Adds the peers' times of the cases that ran. */
function addPeers({ effort }: GpuSettings, result: GpuResult): void {
  const missing = missingTorch('cuda');
  if (missing === undefined) result.peers = runPeers(result.large.map(caseOf), effort, 'cuda');
  else result.left.push(`PyTorch: ${missing}`);
}

const caseOf = ({ classes, rows, dtype }: GpuCase): GpuCase => ({ classes, rows, dtype });

main().catch((error: Error) => {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 1;
});
