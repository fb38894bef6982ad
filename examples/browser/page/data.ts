import { parseSamples, type Samples } from '../../../shared/data.js';

/** The houses: fetched from the page's own server as they are in the repository, and unpacked by the browser. */
export async function loadHouses(): Promise<Samples> {
  const response = await fetch('ames_price20.csv.gz');
  if (!response.ok || !response.body) throw new Error(`the data could not be loaded: ${response.status}`);
  return parseSamples(await new Response(response.body.pipeThrough(new DecompressionStream('gzip'))).text());
}
