// Numbers as the page writes them.

/** As 5 × 10⁻⁷. */
export function inPowers(value: number): string {
  const [digit, power] = value.toExponential(0).split('e-');
  return power ? `${digit} × 10⁻${Array.from(power, (figure) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(figure)]).join('')}` : `${value}`;
}

/** With three digits, or all of those before the point. */
export const inDigits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toPrecision(value >= 10 ? 3 : 2);
