// `using`, where TypeScript's `lib` has it.
import { DeviceArray, Graph, Stream } from 'squared-emd';

export function block(): number {
  using stream = new Stream();
  using array = DeviceArray.allocate('float32', 4, { stream });
  using graph = Graph.capture(stream, () => {});
  using event = stream.record();
  graph.launch(stream);
  return array.length + Number(event.disposed);
}
