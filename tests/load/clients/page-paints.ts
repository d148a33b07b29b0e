import { type MeasuredPage, WEB_PAGES, type WebPageName } from './measured-page.ts';

/** What a row showed from then on: the percent as it is written, in milliseconds since the epoch. */
export interface Paint {
  id: string;
  text: string;
  at: number;
}

interface PaintWindow extends Window {
  paints?: Paint[];
}

/**
 * From now on the page notes what each row has come to show, just after the frame that shows it was painted.
 * @returns what takes the notes back and forgets them.
 */
export async function recordPaints({ page, name }: MeasuredPage<WebPageName>): Promise<() => Promise<Paint[]>> {
  const { row, percent } = WEB_PAGES[name];
  await page.evaluate(
    ([rowSelector, percentSelector]) => {
      const paints: Paint[] = [];
      (window as PaintWindow).paints = paints;
      const shown = new Map<string, string>();
      const note = (element: Element, at: number) => {
        const id = element.getAttribute('data-download-id') ?? '';
        const text = element.querySelector(percentSelector)?.textContent ?? '';
        if (text === '' || shown.get(id) === text) return;
        shown.set(id, text);
        paints.push({ id, text, at });
      };
      const changed = new Set<Element>();
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          const found = element?.closest(rowSelector);
          if (found) changed.add(found);
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
      // A message that is sent within a frame is heard once that frame is painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        const at = Date.now();
        for (const element of changed) note(element, at);
        changed.clear();
      };
      const frame = () => {
        port2.postMessage(null);
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      const now = Date.now();
      for (const element of document.querySelectorAll(rowSelector)) note(element, now);
    },
    [row, percent] as const,
  );
  return () =>
    page.evaluate(() => {
      const { paints = [] } = window as PaintWindow;
      return paints.splice(0);
    });
}
