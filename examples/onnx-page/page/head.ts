// A linear layer behind a frozen backbone, trained on the GPU: features, logits, gradients and weights stay there.
import type * as ort from 'onnxruntime-web';
import { emdLossAsync } from 'squared-emd/onnxruntime';
import { forwardModel, PARAMETERS, rateOf, stepModel } from './graphs.js';

/** onnxruntime-web on a device. */
export interface Runtime {
  ort: typeof ort;
  device: GPUDevice;
}

/** Results stay on the GPU. */
export const onGpu = ({ device }: Runtime): ort.InferenceSession.SessionOptions => ({
  executionProviders: [{ name: 'webgpu', device } as unknown as 'webgpu'],
  preferredOutputLocation: 'gpu-buffer',
});

/** Parameters and their moments, by their names in the models. */
type State = Record<string, ort.Tensor>;

export class Head {
  private steps = 0;

  private constructor(
    private readonly runtime: Runtime,
    private readonly rate: number,
    private readonly forward: ort.InferenceSession,
    private readonly backward: ort.InferenceSession,
    private state: State,
  ) {}

  /** @param weights [features, classes] */
  static async create(runtime: Runtime, weights: Float32Array, classes: number, rate: number): Promise<Head> {
    const features = weights.length / classes;
    const { InferenceSession, Tensor } = runtime.ort;
    const options = onGpu(runtime);
    const first = { weights, bias: new Float32Array(classes) };
    const state: State = {};
    for (const name of PARAMETERS) {
      const dims = name === 'weights' ? [features, classes] : [classes];
      state[name] = new Tensor('float32', first[name], dims);
      for (const order of ['first', 'second']) {
        state[`${order}_${name}`] = new Tensor('float32', new Float32Array(first[name].length), dims);
      }
    }
    const forward = await InferenceSession.create(forwardModel(features, classes), options);
    const backward = await InferenceSession.create(stepModel(features, classes), options);
    return new Head(runtime, rate, forward, backward, state);
  }

  /** A step of training on a batch. Only the numbers of the loss leave the GPU. */
  async step(features: ort.Tensor, labels: ort.Tensor, emdWeight: number): Promise<void> {
    const { state, runtime } = this;
    const { weights, bias } = state;
    const { logits } = await this.forward.run({ features, weights, bias });
    const { gradient } = await emdLossAsync(logits as never, labels as never, {
      gpuDevice: runtime.device as never,
      crossEntropyWeight: 1,
      emdWeight,
    });
    const slopes = gradient as unknown as ort.Tensor;
    const rate = new runtime.ort.Tensor('float32', [rateOf(this.rate, ++this.steps)], [1]);
    const next = await this.backward.run({ features, gradient: slopes, rate, ...state });
    for (const tensor of [logits, slopes, ...Object.values(state)]) tensor.dispose();
    this.state = Object.fromEntries(Object.entries(next).map(([name, tensor]) => [name.replace('new_', ''), tensor]));
  }

  async logitsOf(features: ort.Tensor): Promise<Float32Array> {
    const { weights, bias } = this.state;
    const { logits } = await this.forward.run({ features, weights, bias });
    return (await logits.getData(true)) as Float32Array;
  }
}
