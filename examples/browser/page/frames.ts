// When the page is drawn: rarely enough that it stays free for the visitor, on slow machines too.

/** Of the time at most this share is spent on drawing. */
const SHARE = 0.25;

/** A function that has `draw` called with a frame soon; calls until then are one. */
export function frames(draw: () => void): () => void {
  let scheduled = false;
  let rest = 0;
  return () => {
    if (scheduled) return;
    scheduled = true;
    setTimeout(() => {
      requestAnimationFrame(() => {
        scheduled = false;
        const start = performance.now();
        draw();
        rest = (performance.now() - start) * (1 / SHARE - 1);
      });
    }, rest);
  };
}
