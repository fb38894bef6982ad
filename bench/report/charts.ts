import { type Case, elementsOf, nameOf, ORDERED, workOf } from '../cases/case.js';
import type { Contender } from '../peers/peer.js';
import { type PanelRow, panelsOf, ROLE_COLORS, type Role } from './panels.js';
import type { BenchResult } from './result.js';
import type { CaseSummary, Timed } from './summary.js';
import { digits } from './table.js';

/** The contenders that are this package. */
const OWN = new Set(['squared-emd', 'emdLoss()', 'evaluateAsync()', 'squared-emd/tfjs on wasm', 'plain case']);
/** Contenders than which nothing that does the work can be faster. */
const LIMITS = new Set(['memory copy', 'smallest native call', 'empty loop']);

const roleOf = ({ peer }: Contender): Role => (OWN.has(peer) ? 'own' : LIMITS.has(peer) ? 'limit' : 'other');

/** The name without the number of threads. */
const lineOf = ({ name }: Contender): string => name.replace(/, \d+ threads?$/, '');

const timed = ({ contenders }: CaseSummary): Timed[] => contenders.flatMap((one) => ('error' in one ? [] : [one]));

const casesOf = ({ groups }: BenchResult): CaseSummary[] => groups.flatMap(({ cases }) => cases);

const isLoss = ({ work }: CaseSummary): boolean => workOf(work as Case) === 'loss';

/** The number of threads for which hollow marks stand; 1 if there was no other. */
export function mostThreads(result: BenchResult): number {
  return Math.max(...casesOf(result).flatMap((one) => timed(one).map(({ contender }) => contender.threads ?? 1)));
}

/** What the marks of all charts mean, as HTML. */
export function marks(result: BenchResult): string {
  const most = mostThreads(result);
  const named = (role: Role, words: string) => `<b style="color: ${ROLE_COLORS[role]}">${words}</b>`;
  return `In the charts: filled marks are 1 thread${most > 1 ? `, hollow ones ${most} threads; at the right their numbers in that order` : ''}.
Lines are of ${named('own', 'this package')}, ${named('other', 'what one would use instead')}, and ${named('limit', 'what limits both')}.`;
}

/** Nanoseconds per element, a panel for each shape by its number of classes, a line per contender. */
export function throughputChart(result: BenchResult): string {
  const ordered = casesOf(result)
    .filter(({ work }) => work.kind === ORDERED.kind && work.rows > 1 && elementsOf(work) >= 256)
    .sort((a, b) => a.work.classes - b.work.classes || a.work.rows - b.work.rows);
  return panelsOf(
    ordered.map((one) => ({
      title: shapeInWords(one.work),
      rows: byContender(one, mostThreads(result), ({ nanosecondsPerElement }) => nanosecondsPerElement).filter(
        ({ name }) => !timed(one).some(({ contender }) => contender.idle && contender.name === name),
      ),
    })),
    { name: 'ns per logit', logarithmic: true, format: digits },
  );
}

/** Microseconds of small calls, a panel for each shape. */
export function latencyChart(result: BenchResult): string {
  const cases = casesOf(result).filter((one) => isLoss(one) && elementsOf(one.work) <= 1024);
  return panelsOf(
    cases.map((one) => ({
      title: shapeInWords(one.work),
      rows: byContender(one, mostThreads(result), ({ median }) => median / 1e3),
    })),
    { name: 'microseconds', logarithmic: true, format: digits },
  );
}

/** The share of the memory copy's bytes per second that is reached, a panel for each kind of case. */
export function rooflineChart(result: BenchResult): string {
  const most = mostThreads(result);
  return panelsOf(
    result.groups.map(({ title, cases }) => ({
      title,
      rows: cases
        .filter((one) => isLoss(one) && elementsOf(one.work) > 10_000)
        .flatMap((one) => subjectsOf(one, most, ({ copyShare = Number.NaN }) => 100 * copyShare)),
    })),
    { name: '% of what the copy reaches', format: (percent) => percent.toFixed(0) },
  );
}

/** The speedup over one thread: panels for this package, one for each kind of case, and one for each of the others. */
export function scalingChart(result: BenchResult): string {
  const most = mostThreads(result);
  const large = (cases: readonly CaseSummary[]) => cases.filter(({ work }) => elementsOf(work) >= 100_000);
  const faster = (one: CaseSummary, of: (contender: Contender) => boolean): number | undefined => {
    const [single, many] = [1, most].map((threads) =>
      timed(one).find(({ contender }) => contender.threads === threads && of(contender)),
    );
    return single && many ? single.median / many.median : undefined;
  };
  const rowsOf = (cases: readonly CaseSummary[], role: Role, of: (contender: Contender) => boolean) =>
    large(cases).flatMap((one): PanelRow[] => {
      const value = faster(one, of);
      return value === undefined ? [] : [{ name: one.name, role, values: [undefined, value] }];
    });
  const everyone = casesOf(result).flatMap((one) => timed(one).map(({ contender }) => contender));
  const others = new Map(everyone.filter(({ subject }) => !subject).map((contender) => [contender.peer, contender]));
  return panelsOf(
    [
      ...result.groups.map(({ title, cases }) => ({
        title,
        rows: rowsOf(cases, 'own', ({ subject }) => subject === true),
      })),
      ...[...others].map(([peer, contender]) => ({
        title: peer,
        rows: most > 1 ? rowsOf(casesOf(result), roleOf(contender), (one) => one.peer === peer) : [],
      })),
    ],
    { name: 'times as fast as with 1 thread', format: (times) => times.toFixed(2) },
  );
}

function shapeInWords({ kind, rows, classes }: Case): string {
  const shape = `${classes} classes, ${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return kind === ORDERED.kind ? shape : `${kind}: ${shape}`;
}

/** A row for each contender of a case, the fastest first. */
function byContender(one: CaseSummary, most: number, of: (times: Timed) => number): PanelRow[] {
  const lines = [...new Set(timed(one).map(({ contender }) => lineOf(contender)))];
  return lines
    .map((name): PanelRow => {
      const ofLine = timed(one).filter(({ contender }) => lineOf(contender) === name);
      return { name, role: roleOf(ofLine[0].contender), values: byThreads(ofLine, most, of) };
    })
    .sort((a, b) => Math.min(...numbers(a)) - Math.min(...numbers(b)));
}

/** A row for each instruction set that a case has been run with. */
function subjectsOf(one: CaseSummary, most: number, of: (times: Timed) => number): PanelRow[] {
  const subjects = timed(one).filter(({ contender }) => contender.subject);
  const isas = [...new Set(subjects.map(({ contender }) => contender.isa))];
  return isas.map((isa) => ({
    name: isas.length > 1 ? `${nameOf(one.work)}, ${isa}` : nameOf(one.work),
    role: 'own',
    values: byThreads(
      subjects.filter(({ contender }) => contender.isa === isa),
      most,
      of,
    ),
  }));
}

/** The number for one thread, and that for the most. */
function byThreads(all: readonly Timed[], most: number, of: (times: Timed) => number): (number | undefined)[] {
  return [1, most].slice(0, most > 1 ? 2 : 1).map((threads) => {
    const found = all.find(({ contender }) => (contender.threads ?? 1) === threads);
    return found && of(found);
  });
}

const numbers = ({ values }: PanelRow) => values.filter((value): value is number => value !== undefined);
