import { EmdLoss, SelfGuidedEmd } from 'squared-emd';
import { Architecture, Network } from '../../shared/network.js';
import type { BenchProblem } from '../cases/bench-problem.js';
import { type Case, STEPS } from '../cases/case.js';
import { emdOptions } from './emd-options.js';
import type { Contender, Output, Peer, Runner } from './peer.js';

const CROSS_ENTROPY = 'cross entropy';
/** The weight of the EMD, if there is one: the default of SelfGuidedEmd. */
const LAMBDA = 3;
/** The layer's products add up in single precision, in an order of their own. */
const LOOSENESS = 100;
/** Adam's rate. With 0 all epochs are the same, whatever their length, for the same amount of work. */
const RATE = 0;

/** Replaces the logits of a step by the loss's gradient with respect to them, and returns the loss. */
type Step = (logits: Float32Array, features: Float32Array, labels: Int32Array) => number;

interface Loss {
  step: Step;
  endEpoch?(): void;
}

/** A linear layer, its steps of Adam and the batches of an epoch. One thread. */
class Training {
  readonly batches: { features: Float32Array; labels: Int32Array }[];
  private constructor(
    readonly network: Network,
    { features, labels }: NonNullable<BenchProblem['training']>,
  ) {
    const [width, rows] = [features.length / STEPS, labels.length / STEPS];
    this.batches = Array.from({ length: STEPS }, (_, step) => ({
      features: features.slice(step * width, (step + 1) * width),
      labels: labels.slice(step * rows, (step + 1) * rows),
    }));
  }

  static async create({ classes, training }: BenchProblem, { features = 1 }: Case): Promise<Training> {
    if (!training) throw new Error('nothing to train on');
    const network = new Network(await Architecture.create([features, classes]), training.parameters, RATE);
    return new Training(network, training);
  }

  /** Runs an epoch with a loss; returns its output for the first batch. */
  async epoch({ step, endEpoch }: Loss): Promise<Output> {
    let first: Output = { kind: 'nothing' };
    for (const { features, labels } of this.batches) {
      const { logits } = await this.network.forward(features);
      const loss = step(logits, features, labels);
      if (first.kind === 'nothing') first = { kind: 'loss', loss, gradient: logits };
      await this.network.step(logits);
    }
    endEpoch?.();
    return first;
  }
}

const peer = (
  name: string,
  instead: Partial<Case>,
  prepare: (training: Training, problem: BenchProblem, work: Case) => () => Promise<Output>,
): Peer => ({
  name,
  works: ['epoch'],
  // Reports compare the others with cross entropy alone.
  contenders: (): Contender[] => [
    { peer: name, name, threads: 1, looseness: LOOSENESS, subject: name === CROSS_ENTROPY },
  ],
  instead: (work) => ({ ...work, kind: name, ...instead }),
  prepare: async (problem, work): Promise<Runner> => {
    const once = prepare(await Training.create(problem, work), problem, work);
    let last: Output = { kind: 'nothing' };
    return {
      run: async () => {
        last = await once();
      },
      output: () => last,
    };
  },
});

const fixed = (name: string, instead: Partial<Case>): Peer =>
  peer(name, instead, (training, { training: _, ...problem }) => {
    const loss = new EmdLoss({ ...emdOptions(problem), threads: 1 });
    const step: Step = (logits, _, labels) => loss.evaluate(logits, labels, { gradient: logits }).loss;
    return () => training.epoch({ step });
  });

/** Shows the loss the features of all batches, as before the first epoch. */
async function prime(loss: SelfGuidedEmd, { network, batches }: Training): Promise<void> {
  for (const { features, labels } of batches) {
    await network.forward(features);
    loss.observe(features, labels);
  }
  loss.refresh();
}

const selfGuidedLoss = ({ classes }: BenchProblem, { features = 1 }: Case) =>
  new SelfGuidedEmd({ classes, features, emdWeight: LAMBDA, threads: 1 });

export const trainingPeers: readonly Peer[] = [
  fixed(CROSS_ENTROPY, { ground: 'ordered', emdWeight: 0 }),
  fixed('with ordered()', { ground: 'ordered', emdWeight: LAMBDA }),
  fixed('with energy()', { ground: 'energy', emdWeight: LAMBDA }),
  peer('with SelfGuidedEmd', { ground: 'energy', emdWeight: LAMBDA }, (training, problem, work) => {
    const loss = selfGuidedLoss(problem, work);
    const step: Step = (logits, features, labels) => loss.evaluate(logits, features, labels, { gradient: logits }).loss;
    let primed: Promise<void> | undefined;
    return async () => {
      primed ??= prime(loss, training);
      await primed;
      return training.epoch({ step, endEpoch: () => loss.endEpoch() });
    };
  }),
  peer('priming SelfGuidedEmd', { ground: 'energy', emdWeight: LAMBDA }, (training, problem, work) => {
    const [{ features, labels }] = training.batches;
    let first: Output | undefined;
    return async () => {
      const guided = selfGuidedLoss(problem, work);
      await prime(guided, training);
      if (first) return first;
      const { logits } = await training.network.forward(features);
      const { loss } = guided.evaluate(logits, features, labels, { gradient: logits });
      first = { kind: 'loss', loss, gradient: logits };
      return first;
    };
  }),
];
