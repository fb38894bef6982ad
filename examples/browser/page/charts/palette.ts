// Colours come from the style sheet alone, so that charts are light or dark as the page is.

export const cssColor = (variable: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(variable).trim();

/** Calls back when the visitor's system changes from light to dark or back. */
export function onSchemeChange(changed: () => void): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}

/** Lines, labels and grid of an axis. */
export function axisStyle() {
  const muted = cssColor('--muted');
  return {
    axisLine: { lineStyle: { color: cssColor('--line') } },
    axisTick: { lineStyle: { color: cssColor('--line') } },
    axisLabel: { color: muted, fontSize: 12 },
    nameTextStyle: { color: muted, fontSize: 12 },
    splitLine: { lineStyle: { color: cssColor('--grid') } },
  };
}

/** Of what follows the pointer. */
export function tooltipStyle() {
  return {
    backgroundColor: cssColor('--card'),
    borderColor: cssColor('--line'),
    textStyle: { color: cssColor('--text'), fontSize: 12 },
    confine: true,
  };
}
