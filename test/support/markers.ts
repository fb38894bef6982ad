// What a suite tells the runner about itself, in a comment line of its source:
//
//   // runner: numeric, 20 s
//
// `numeric`: run once for every instruction set of the machine, and on WebAssembly. `wasm`: run on WebAssembly, too. `20 s`:
// takes about so long, so that the longest suites start first.

export interface Markers {
  numeric: boolean;
  wasm: boolean;
  seconds: number;
}

// Matches more than valid markers, so that a misspelt one is refused rather than overlooked.
const LINE = /^[ \t]*\/[/*]+[ \t]*runner\b(.*)$/gim;

export function markersOf(source: string, name: string): Markers {
  const markers: Markers = { numeric: false, wasm: false, seconds: 0 };
  const lines = Array.from(source.matchAll(LINE));
  if (lines.length > 1) throw new Error(`${name}: ${lines.length} lines of markers, expected one`);
  for (const [line, rest] of lines) {
    if (!line.startsWith('// runner: ')) throw new Error(`${name}: expected "// runner: ", received "${line}"`);
    for (const marker of rest.slice(': '.length).split(', ')) {
      const seconds = marker.match(/^([1-9]\d*) s$/);
      if (marker === 'numeric') markers.numeric = markers.wasm = true;
      else if (marker === 'wasm') markers.wasm = true;
      else if (seconds) markers.seconds = Number(seconds[1]);
      else throw new Error(`${name}: expected the marker "numeric", "wasm" or a time as "20 s", received "${marker}"`);
    }
  }
  return markers;
}
