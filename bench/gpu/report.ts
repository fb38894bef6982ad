import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Table from 'cli-table3';
import type { CudaStatus } from 'squared-emd';
import type { Environment } from '../report/environment.js';
import { digits } from '../report/table.js';
import { nameOf } from './cases.js';
import { type FeatureResult, nameOfFeatures } from './features.js';
import type { Timing } from './measure.js';
import type { PeerResult } from './python-peers.js';
import type { LargeResult, SmallResult } from './run-case.js';

export interface GpuResult {
  environment: Environment;
  cuda: CudaStatus;
  large: LargeResult[];
  forms: LargeResult[];
  small: SmallResult[];
  features: FeatureResult[];
  peers: PeerResult[];
  /** The cases that did not run, and why. */
  left: string[];
}

const PLAIN = {
  style: { head: [], border: [] }, // no colours: the output may go to a file
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' }, // no lines between rows
};

const cells = ({ median, p20, p80 }: Timing) => [`${digits(median)} us`, `${digits(p20)} - ${digits(p80)} us`];

export function largeTable(results: readonly LargeResult[]): string {
  const table = new Table({
    head: ['rows x classes', 'median', 'p20 - p80', 'GB/s', 'copy', 'share of the copy'],
    ...PLAIN,
  });
  for (const one of results) {
    const share = `${(100 * one.shareOfCopy).toFixed(0)} %`;
    table.push([
      nameOf(one),
      ...cells(one.loss),
      digits(one.gigabytesPerSecond),
      `${digits(one.copy.median)} us`,
      share,
    ]);
  }
  return table.toString();
}

export function smallTable(results: readonly SmallResult[]): string {
  const table = new Table({ head: ['rows x classes', 'a call', 'p20 - p80', 'a graph', 'p20 - p80'], ...PLAIN });
  for (const one of results) table.push([nameOf(one), ...cells(one.call), ...cells(one.graph)]);
  return table.toString();
}

export function featureTable(results: readonly FeatureResult[]): string {
  const table = new Table({
    head: ['features', 'accumulate', 'p20 - p80', 'share of reading', 'distances', 'p20 - p80', 'GFLOP/s'],
    ...PLAIN,
  });
  for (const one of results) {
    const share = `${(100 * one.shareOfReading).toFixed(0)} %`;
    table.push([nameOfFeatures(one), ...cells(one.accumulate), share, ...cells(one.distances), digits(one.gigaflops)]);
  }
  return table.toString();
}

/** How many times as long as squared-emd each peer takes. */
export function peerTable(peers: readonly PeerResult[], own: readonly LargeResult[]): string {
  const table = new Table({
    head: ['rows x classes', 'peer', 'median', 'p20 - p80', 'squared-emd is faster by'],
    ...PLAIN,
  });
  const ownMedian = new Map(own.map((one) => [nameOf(one), one.loss.median]));
  for (const one of peers) {
    const mine = ownMedian.get(nameOf(one));
    const numbers = 'error' in one ? [one.error] : [...cells(one), mine ? `${digits(one.median / mine)} x` : ''];
    table.push([nameOf(one), one.peer, ...numbers, ...Array<string>(3 - numbers.length).fill('')]);
  }
  return table.toString();
}

/** Writes a result to a folder, under the name of the GPU and the date, and returns the file. */
export function writeGpuResult(result: GpuResult, folder: string): string {
  const card = (result.cuda.devices[0]?.name ?? 'no GPU').replaceAll(/[^A-Za-z0-9]+/g, '-');
  const file = path.resolve(folder, `gpu-${card}-${result.environment.date.replaceAll(/[:.]/g, '-')}.json`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 1)}\n`);
  return file;
}
