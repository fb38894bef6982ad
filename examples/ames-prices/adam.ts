export const RATE = 1e-3;
export const DECAY_MEAN = 0.9;
export const DECAY_SQUARE = 0.999;
export const EPSILON = 1e-8;

/** The Adam optimizer with its usual settings. */
export class Adam {
  private readonly mean: Float32Array;
  private readonly square: Float32Array;
  private steps = 0;

  constructor(private readonly parameters: Float32Array) {
    this.mean = new Float32Array(parameters.length);
    this.square = new Float32Array(parameters.length);
  }

  /** Moves the parameters one step against `gradient`. */
  step(gradient: Float32Array): void {
    const { parameters, mean, square } = this;
    this.steps++;
    const rate = RATE / (1 - DECAY_MEAN ** this.steps);
    const scale = 1 / (1 - DECAY_SQUARE ** this.steps);
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i];
      mean[i] += (1 - DECAY_MEAN) * (g - mean[i]);
      square[i] += (1 - DECAY_SQUARE) * (g * g - square[i]);
      parameters[i] -= (rate * mean[i]) / (Math.sqrt(square[i] * scale) + EPSILON);
    }
  }
}
