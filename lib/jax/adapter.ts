// What `squared-emd/jax` exports, made for a copy of jax-js: Node.js has one for `import` and another for `require`.
import { wrongRange, wrongType } from '../checks/errors.js';
import { type HostLabels, type JaxEmdOptions, JaxLoss } from './loss.js';
import { type Jax, type JaxArray, JaxPeer } from './peer.js';

/** The loss of a batch and its gradient with respect to the logits, both on the logits' device. */
export interface JaxEmdResult<A> {
  /** A scalar; with reduction 'none' of the logits' shape without the classes. */
  loss: A;
  /** Of the logits' shape. */
  gradient: A;
}

/**
 * Differentiates the loss of a model: gives `[loss, gradients]`, the gradients in the structure of the parameters. Like functions of
 * jax-js it takes the arrays that it is given; pass `.ref` of those that are needed again.
 */
export type ValueAndGradient<P, X, A> = (params: P, inputs: X, labels: A | HostLabels) => [loss: A, gradients: P];

export interface JaxAdapter {
  /**
   * The squared Earth Mover's Distance loss of a batch and its gradient (Hou, Yu, Samaras, arXiv 1611.05916). It takes both arrays. On the
   * webgpu device nothing is read back, and a row whose label is no class is NaN; on others such a label is a RangeError.
   *
   * @param logits float32 [.., classes]; with `input: 'probabilities'` those.
   * @param labels Class indices [..] of int32, uint32 or float32, or distributions, float32 of the logits' shape. Class indices may be in
   *   host memory.
   * @throws TypeError, RangeError for wrong arguments; EmdError if jax-js is not installed.
   */
  emdLoss<A extends JaxArray>(logits: A, labels: A | HostLabels, options?: JaxEmdOptions): JaxEmdResult<A>;
  /**
   * The loss of a model with its gradients, by jax-js's `vjp` around the kernels.
   *
   * @param model Gives logits [.., classes] for parameters and inputs; it may be compiled with `jit`.
   * @throws TypeError, RangeError for wrong options.
   */
  valueAndGrad<P, X, A extends JaxArray>(
    model: (params: P, inputs: X) => A,
    options?: JaxEmdOptions & { reduction?: 'mean' | 'sum' },
  ): ValueAndGradient<P, X, A>;
}

export function adapterFor(jax: () => Jax): JaxAdapter {
  const peer = new JaxPeer(jax);
  return {
    emdLoss<A extends JaxArray>(logits: A, labels: A | HostLabels, options: JaxEmdOptions = {}) {
      const loss = new JaxLoss(peer, options);
      try {
        return loss.evaluate(logits, labels) as JaxEmdResult<A>;
      } finally {
        loss.dispose();
      }
    },
    valueAndGrad(model, options = {}) {
      if (typeof model !== 'function') throw wrongType('model', 'a function of parameters and inputs', model);
      const loss = new JaxLoss(peer, options);
      const { reduction = 'mean' } = options;
      if ((reduction as string) === 'none') throw wrongRange('reduction', "'mean' or 'sum'", reduction);
      return (params, inputs, labels) => {
        const [logits, pull] = peer.vjp((argument) => model(argument, inputs), params);
        try {
          const { loss: value, gradient } = evaluateOrDispose(loss, logits as JaxArray, labels);
          const [gradients] = pull(gradient);
          return [value as never, gradients];
        } finally {
          pull.dispose();
        }
      };
    },
  };
}

/** The loss of logits that nobody else has: they are given up in any case. */
function evaluateOrDispose(loss: JaxLoss, logits: JaxArray, labels: JaxArray | HostLabels) {
  try {
    return loss.evaluate(logits, labels);
  } catch (error) {
    logits.dispose?.();
    throw error;
  }
}
